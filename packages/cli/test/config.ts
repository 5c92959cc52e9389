/** Headgate configs as files, for tests. */

import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { GatewayConfigInput } from '@headgate/config'

type Routes = NonNullable<GatewayConfigInput['routes']>

/** One listener `http`; what begins with a key of `routes` goes to the backend at its URL. */
export function configOf(routes: Readonly<Record<string, string>>, more: Partial<GatewayConfigInput> = {}): object {
  const names = Object.entries(routes).map(([path, url], index) => ({ path, url, name: `b${index}` }))
  return {
    version: 1,
    name: 'test',
    listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }],
    backends: names.map(({ name, url }) => ({ name, endpoints: [url] })),
    routes: names.map(({ name, path }): Routes[number] => ({
      name,
      rules: [{ matches: [{ path: { type: 'PathPrefix', value: path } }], backends: [{ backend: name }] }],
    })),
    ...more,
  }
}

/** Writes it in one step, as careful editors do. The path of the file. */
export function writeConfig(folder: string, config: object, name = 'gateway.json'): string {
  return writeFile(folder, name, JSON.stringify(config, undefined, 2))
}

/** Any text, in one step. The path of the file. */
export function writeFile(folder: string, name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(`${path}.new`, text)
  renameSync(`${path}.new`, path)
  return path
}
