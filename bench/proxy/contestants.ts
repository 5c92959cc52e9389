/** Who is compared. */
import type { RequestShape } from './traffic.ts'

export interface Contestant {
  /** In tables. */
  readonly name: string
  /** What `serve.ts` knows it by. */
  readonly server: string
  /** Given to the server. */
  readonly option?: string
  /** The package whose version is told, for those that are not of this project. */
  readonly peer?: string
  /** Measured only where `--only` names it. */
  readonly onDemand?: true
  /** Gets a quarter of the calls: one that is many times slower would take most of the time. */
  readonly slow?: true
  /** What it needs beyond the request that all get. */
  readonly shape?: (upstream: string) => RequestShape
}

export const bare: Contestant = { name: 'bare', server: 'bare' }

/** Equal things, to show how far apart those lie. */
export const bareAgain: Contestant = { name: 'bare, a second time', server: 'bare' }

export const own: readonly Contestant[] = [
  { name: 'headgate, one route', server: 'plain' },
  { name: 'headgate, every policy', server: 'policies' },
  { name: 'headgate, every policy, no metrics', server: 'unmeasured', onDemand: true },
]

/** Also with the tokens that a stream names at its end. */
export const countingTokens: Contestant = { name: 'headgate, every policy, tokens counted', server: 'tokens' }

/** All with every policy. */
export const mounts: readonly Contestant[] = [
  { name: 'headgate on Express', server: 'express-mount' },
  { name: 'headgate on Fastify, raw', server: 'fastify-raw' },
  { name: 'headgate on Hono, raw', server: 'hono-raw' },
  { name: 'headgate on Fastify', server: 'fastify-mount' },
  { name: 'headgate on Hono', server: 'hono-mount', slow: true },
]

function portkeyShape(upstream: string): RequestShape {
  return { fields: ['x-portkey-provider: openai', `x-portkey-custom-host: ${upstream}/v1`] }
}

export const peers: readonly Contestant[] = [
  { name: '@fastify/http-proxy', server: 'fastify-http-proxy', peer: '@fastify/http-proxy' },
  { name: 'fast-gateway', server: 'fast-gateway', peer: 'fast-gateway' },
  { name: 'http-proxy-3', server: 'http-proxy-3', peer: 'http-proxy-3' },
  { name: 'httpxy', server: 'httpxy', peer: 'httpxy' },
  { name: 'http-proxy-middleware', server: 'http-proxy-middleware', peer: 'http-proxy-middleware' },
  { name: 'hono/proxy', server: 'hono-proxy', peer: 'hono', slow: true },
  { name: 'Portkey', server: 'portkey', peer: '@portkey-ai/gateway', slow: true, shape: portkeyShape },
]

/** Those that are asked for; `only` holds parts of names or names of servers. `bare` is always among them. */
export function chosen(all: readonly Contestant[], only: readonly string[]): readonly Contestant[] {
  if (only.length === 0) return all.filter(({ onDemand }) => onDemand !== true)
  const wanted = (contestant: Contestant): boolean =>
    only.some((name) => contestant.name === name || contestant.server === name)
  const unknown = only.filter(
    (name) => !all.some((contestant) => contestant.name === name || contestant.server === name),
  )
  if (unknown.length > 0) {
    const names = [...new Set(all.map(({ server }) => server))].join(', ')
    throw new RangeError(`nobody is called ${unknown.join(', ')}; there are ${names}`)
  }
  return all.filter((contestant) => contestant === bare || contestant === bareAgain || wanted(contestant))
}
