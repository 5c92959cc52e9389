// Where a caller's body comes from: a stream, listened to without a closure per request. It keeps nothing.

import { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'

/** Who is told what the stream does. */
export interface SourceOwner {
  /** More may come; false once it ended, broke, or nobody reads on. */
  readonly flowing: boolean
  sourceData(chunk: Buffer): void
  sourceEnded(): void
  sourceFailed(error: Error): void
}

const ownerOf = Symbol('headgate.body')

const rawTrailersOf = Symbol('headgate.trailers')

interface OwnedSource extends Readable {
  [ownerOf]?: SourceOwner
  [rawTrailersOf]?: unknown
}

/** Listens to `source`, paused: nothing is read before it is resumed. */
export function listenTo(source: Readable, owner: SourceOwner): void {
  const own: OwnedSource = source
  own[ownerOf] = owner
  own.pause()
  own.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose)
  // HTTP/1.1 tells its trailers at the end, and closes a request that is cut.
  if ('httpVersionMajor' in own && own.httpVersionMajor === 1) return
  // Node ends an HTTP/2 request that was reset as if it were whole, and says `aborted` before.
  own.on('trailers', onTrailers).on('aborted', onClose)
}

/** What others replace to see the bytes of a request. */
const ways = ['emit', 'push', 'read'] as const
const nodeWays: readonly unknown[] = ways.map((name) => Reflect.get(IncomingMessage.prototype, name))

/**
 * Nobody but the owner sees the chunks, and Node makes each of them for this source alone: a request of Node's own HTTP/1.1 server with
 * no other listener. Asked for each chunk, as a listener may come later.
 */
export function isAlone(source: Readable): boolean {
  const made: unknown = source.constructor
  if (made !== IncomingMessage || ways.some((name, at) => source[name] !== nodeWays[at])) return false
  if (source.listenerCount('data') !== 1 || source.listenerCount('readable') > 0) return false
  return source.listeners('data')[0] === onData
}

/**
 * The trailers behind a source that has ended, flat: the `rawTrailers` of a request of node:http or of node:http2's compatibility API, or
 * what an HTTP/2 stream told.
 */
export function trailersOf(source: Readable): readonly string[] {
  const own: OwnedSource = source
  const raw = 'rawTrailers' in own ? own.rawTrailers : own[rawTrailersOf]
  return Array.isArray(raw) ? raw : []
}

function onData(this: OwnedSource, chunk: Buffer): void {
  this[ownerOf]?.sourceData(chunk)
}

/** As an HTTP/2 stream tells them, before its end. */
function onTrailers(this: OwnedSource, _fields: unknown, _flags: unknown, raw: unknown): void {
  this[rawTrailersOf] = raw
}

function onEnd(this: OwnedSource): void {
  this[ownerOf]?.sourceEnded()
}

function onError(this: OwnedSource, error: Error): void {
  this[ownerOf]?.sourceFailed(error)
}

function onClose(this: OwnedSource): void {
  // Every source closes at last: an error is made only where it tells something.
  const owner = this[ownerOf]
  if (owner?.flowing !== true) return
  owner.sourceFailed(new Error('the caller closed the connection before the end of the body'))
}
