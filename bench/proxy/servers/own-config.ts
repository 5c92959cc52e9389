/** A user's own gateway: its config from a file, with every endpoint replaced by the upstream of the comparison. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Gateway, defineConfig, nodeHandler } from 'headgate'
import type { GatewayConfig, GatewayConfigInput } from 'headgate'
import { listen } from '../listen.ts'

/** JSON, or a module whose default export is a config or a builder. */
async function read(file: string): Promise<GatewayConfig> {
  // pnpm runs scripts in the folder of their package and tells where it was called.
  const path = resolve(process.env['INIT_CWD'] ?? '.', file)
  if (path.endsWith('.json')) return defineConfig(JSON.parse(readFileSync(path, 'utf8')) as GatewayConfigInput)
  const { default: exported } = (await import(pathToFileURL(path).href)) as { default: unknown }
  if (typeof exported !== 'object' || exported === null) throw new TypeError(`${file} has no default export`)
  const isBuilder = 'config' in exported && typeof exported.config === 'function'
  const config = isBuilder ? (exported as { config(): unknown }).config() : exported
  return defineConfig(config as GatewayConfigInput)
}

export async function start(upstream: string, file: string): Promise<number> {
  const config = await read(file)
  const backends = config.backends.map(({ tls: _tls, healthCheck: _health, endpoints, ...backend }) => ({
    ...backend,
    protocol: 'http1' as const,
    // As many as there were, but one of each URL is what a config may have.
    endpoints: endpoints.slice(0, 1).map(() => ({ url: upstream })),
  }))
  const gate = new Gateway({ ...config, backends })
  gate.meters()
  return await listen(nodeHandler(gate))
}
