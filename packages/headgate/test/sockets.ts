/** A gateway on sockets of its own for tests: every listener of the config on 127.0.0.1, closed by `await using`. */

import { Gateway, listen } from 'headgate'
import type { GatewayConfigInput, GatewayOptions, Listening, ListenOptions } from 'headgate'
import { one, renewed, two } from './certificates.ts'
import { collectReports } from './reports.ts'
import type { Reports } from './reports.ts'

export interface Sockets extends Reports {
  readonly gate: Gateway
  readonly listening: Listening
  /** Where a listener is reached. */
  port(listener: string): number
  /** `http://127.0.0.1:PORT` */
  url(listener: string): string
  [Symbol.asyncDispose](): Promise<void>
}

type Config = Omit<GatewayConfigInput, 'version'>

export async function openSockets(
  config: Config,
  options: GatewayOptions & Omit<ListenOptions, 'bind'> = {},
): Promise<Sockets> {
  const { maxHeaderBytes, ...gateOptions } = options
  const gate = new Gateway({ version: 1, ...config }, { random: () => 0, secrets, ...gateOptions })
  const bind = new Map(config.listeners?.map(({ name }) => [name, { host: '127.0.0.1', port: 0 }]))
  const listening = await listen(gate, { bind, ...(maxHeaderBytes === undefined ? {} : { maxHeaderBytes }) })
  const port = (listener: string): number => listening.addresses.get(listener)?.port ?? 0
  return {
    ...collectReports(gate),
    gate,
    listening,
    port,
    url: (listener) => `http://127.0.0.1:${port(listener)}`,
    [Symbol.asyncDispose]: () => listening.close({ drainMs: 0 }),
  }
}

type Listener = NonNullable<GatewayConfigInput['listeners']>[number]
type Pair = NonNullable<Listener['certificates']>[number]

/** An HTTP listener; listeners with one declared port share a socket. */
export function http(name: string, hostname?: string, port = 80): Listener {
  return { name, port, protocol: 'HTTP', hostname }
}

/** An HTTPS listener; see `secrets`. */
export function https(name: string, hostname: string | undefined, certificates: readonly string[]): Listener {
  return { name, port: 443, protocol: 'HTTPS', hostname, certificates: certificates.map(pairOf) }
}

function pairOf(name: string): Pair {
  return { certificate: { secret: `test/${name}/tls.crt` }, key: { secret: `test/${name}/tls.key` } }
}

/** The certificates of these tests, by the references that `https` makes. */
export const secrets: ReadonlyMap<string, string> = secretsOf({ one, two, renewed })

export function secretsOf(pairs: Readonly<Record<string, typeof one>>): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(pairs).flatMap(([name, { certificate, key }]) => [
      [`test/${name}/tls.crt`, certificate] as const,
      [`test/${name}/tls.key`, key] as const,
    ]),
  )
}
