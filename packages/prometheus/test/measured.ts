/** A gateway on a server of its own whose metrics are scraped, for tests. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Gateway, nodeHandler } from 'headgate'
import type { GatewayConfigInput, GatewayOptions } from 'headgate'
import { metrics } from '@headgate/prometheus'
import type { Metrics, MetricsOptions } from '@headgate/prometheus'

export interface Measured {
  readonly url: string
  readonly gate: Gateway
  readonly metrics: Metrics
  /** The status of a POST to this path, its reply read to the end. */
  ask(path: string): Promise<number>
  /** Resolves when so many requests have ended since the start. */
  ended(count: number): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export async function measured(
  config: Omit<GatewayConfigInput, 'version'>,
  options: GatewayOptions & { readonly metrics?: MetricsOptions } = {},
): Promise<Measured> {
  const { metrics: metricsOptions = {}, ...gateOptions } = options
  const gate = new Gateway({ version: 1, ...config }, { random: () => 0, ...gateOptions })
  const exposed = metrics(gate, metricsOptions)
  let count = 0
  let wake: (() => void) | undefined
  gate.on('request-ended', () => {
    count++
    wake?.()
  })
  const server = createServer(nodeHandler(gate))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    gate,
    metrics: exposed,
    async ask(path) {
      const reply = await fetch(url + path, { method: 'POST', body: '{"model":"m"}' })
      await reply.text()
      return reply.status
    },
    async ended(wanted) {
      while (count < wanted) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await gate.close({ drainMs: 0 })
    },
  }
}

/** A route for each path, to the backend of the same name. */
export function routesOf(
  backends: Readonly<Record<string, string>>,
  more: Partial<Record<string, object>> = {},
  rules: Partial<Record<string, object>> = {},
): Omit<GatewayConfigInput, 'version'> {
  const names = Object.keys(backends)
  return {
    backends: names.map((name) => ({ name, endpoints: [backends[name] ?? ''], ...more[name] })),
    routes: names.map((name) => ({
      name,
      rules: [
        {
          matches: [{ path: { type: 'Exact' as const, value: `/${name}` } }],
          backends: [{ backend: name }],
          ...rules[name],
        },
      ],
    })),
  }
}
