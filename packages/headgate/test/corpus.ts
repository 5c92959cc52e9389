/** The bytes of hostile callers and backends, by rule of the protocol that they break. Each defect that was found has its bytes here. */

import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Upstream } from '@headgate/testing'
import { oneRoute, serve } from './serve.ts'
import type { Served } from './serve.ts'
import { http, openSockets } from './sockets.ts'

interface Case {
  readonly name: string
  /** Who says so: a section of an RFC, an advisory. */
  readonly source: string
  /** Each character is one byte; long stretches are told by their piece. */
  readonly bytes: string | readonly (string | { readonly repeat: string; readonly times: number })[]
}

/** A request that must not be acted on. */
export interface RefusedRequest extends Case {
  readonly statuses: readonly number[]
}

/** A request that goes on, and what the backend must see of it. */
export interface PassedRequest extends Case {
  readonly target?: string
  readonly body?: string
  readonly fields?: Readonly<Record<string, string>>
  readonly absent?: readonly string[]
}

/** What a backend sends, and how it ends the connection then; without `then` it leaves it open. */
export interface BrokenReply extends Case {
  readonly then?: 'fin' | 'reset'
}

/** A reply that goes on, and what the caller must see of it. */
export interface PassedReply extends Case {
  /** Default GET. */
  readonly method?: string
  readonly status: number
  readonly body: string
  readonly fields?: Readonly<Record<string, string>>
  readonly absent?: readonly string[]
}

/** The cases of one file of `corpus/`, for `test.for`: how they are served, their name, and the case. */
export function corpus<C extends Case>(file: string): [way: string, name: string, one: C][] {
  const cases = JSON.parse(readFileSync(join(import.meta.dirname, 'corpus', `${file}.json`), 'utf8')) as C[]
  return wayNames.flatMap((way) => cases.map((one) => [way, one.name, one] as [string, string, C]))
}

/** The cases of all files whose names begin so. */
export function casesOf(prefix: string): readonly Case[] {
  const folder = join(import.meta.dirname, 'corpus')
  const files = readdirSync(folder).filter((file) => file.startsWith(prefix))
  return files.flatMap((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Case[])
}

export function bytesOf({ bytes }: Case): Buffer {
  const pieces = typeof bytes === 'string' ? [bytes] : bytes
  const text = pieces.map((piece) => (typeof piece === 'string' ? piece : piece.repeat.repeat(piece.times)))
  return Buffer.from(text.join(''), 'latin1')
}

/** A gateway in front of one backend, by how it is served. It sets `x-set: gateway` on every request. */
const ways: Readonly<Record<string, (config: ReturnType<typeof oneRoute>) => Promise<Served>>> = {
  'node mount': (config) => serve(config),
  listen: async (config) => {
    const sockets = await openSockets({ ...config, listeners: [http('main')] })
    return { ...sockets, url: sockets.url('main') }
  },
}

export const wayNames: readonly string[] = Object.keys(ways)

/** Opens a gateway that is served in this way, in front of a backend. */
export function open(way: string, upstream: Upstream): Promise<Served> {
  const filters = [{ type: 'RequestHeaderModifier' as const, set: [{ name: 'x-set', value: 'gateway' }] }]
  const start = ways[way]
  if (start === undefined) throw new RangeError(`nothing is served as ${way}`)
  return start(oneRoute({ a: upstream.url }, { filters }))
}
