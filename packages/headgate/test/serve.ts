/** A gateway on a node:http server for tests: started from plain config, closed by `await using`. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Gateway, nodeHandler } from 'headgate'
import type { GatewayConfigInput, GatewayOptions, NodeMountOptions } from 'headgate'
import { collectReports } from './reports.ts'
import type { Reports } from './reports.ts'

export interface Served extends Reports {
  readonly url: string
  readonly gate: Gateway
  [Symbol.asyncDispose](): Promise<void>
}

export async function serve(
  config: Omit<GatewayConfigInput, 'version'>,
  options: GatewayOptions & { readonly mount?: NodeMountOptions } = {},
): Promise<Served> {
  const { mount, ...gateOptions } = options
  const gate = new Gateway({ version: 1, ...config }, { random: () => 0, ...gateOptions })
  const reports = collectReports(gate)
  const server = createServer(nodeHandler(gate, mount))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    gate,
    ...reports,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await gate.close({ drainMs: 0 })
    },
  }
}

type RuleInput = NonNullable<NonNullable<GatewayConfigInput['routes']>[number]['rules']>[number]

/** A config of one route for every path over the given backends; the first takes the traffic unless the rule says otherwise. */
export function oneRoute(
  urls: Readonly<Record<string, string | readonly string[]>>,
  rule: RuleInput = {},
  more: Omit<GatewayConfigInput, 'version' | 'routes'> = {},
): Omit<GatewayConfigInput, 'version'> {
  const backends = Object.entries(urls).map(([name, url]) => ({
    name,
    endpoints: typeof url === 'string' ? [url] : url,
  }))
  const [first = ''] = Object.keys(urls)
  return { backends, ...more, routes: [{ name: 'only', rules: [{ backends: [{ backend: first }], ...rule }] }] }
}

export const chat = '/v1/chat/completions'

/** A short POST, as a chat client sends it. */
export const question = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: '{"model":"m","messages":[]}',
}
