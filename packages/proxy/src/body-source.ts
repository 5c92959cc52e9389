// Where a caller's body comes from: a stream, listened to without a closure per request. It keeps nothing.

import type { Readable } from 'node:stream'
import { longestShared } from './free-bytes.ts'
import { isParsed, isPlainRequest } from './plain-node.ts'

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

const isAloneOf = Symbol('headgate.alone')

interface OwnedSource extends Readable {
  [ownerOf]?: SourceOwner
  [rawTrailersOf]?: unknown
  [isAloneOf]?: boolean
}

/** Listens to `source`, paused: nothing is read before it is resumed. `length` is undefined for a chunked one. */
export function listenTo(source: Readable, owner: SourceOwner, length: number | undefined): void {
  const own: OwnedSource = source
  own[ownerOf] = owner
  own.pause()
  own.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose)
  if ((length === undefined || length > longestShared) && isUntouched(own)) {
    own[isAloneOf] = true
    own.on('newListener', onNewListener)
  }
  // HTTP/1.1 tells its trailers at the end, and closes a request that is cut.
  if ('httpVersionMajor' in own && own.httpVersionMajor === 1) return
  // Node ends an HTTP/2 request that was reset as if it were whole, and says `aborted` before.
  own.on('trailers', onTrailers).on('aborted', onClose)
}

/**
 * Nobody but the owner has seen a chunk or will see this one, and Node makes each of them for this source alone: a request of Node's
 * own HTTP/1.1 server that had never another listener. Asked for each chunk, as somebody may come later.
 */
export function isAlone(source: Readable): boolean {
  return (source as OwnedSource)[isAloneOf] === true && isPlainRequest(source)
}

/** Whoever has read from it before may have put back what they hold. */
function isUntouched(source: Readable): boolean {
  if (!isPlainRequest(source) || !isParsed(source) || source.readableDidRead) return false
  if (source.listenerCount('readable') > 0) return false
  // Not `listeners`: whoever puts another one around it may have it told as the listener.
  const [first, second] = source.rawListeners('data')
  return first === onData && second === undefined
}

/** Also of one that is gone again before `onData` is called. */
function onNewListener(this: OwnedSource, event: string | symbol): void {
  if (event === 'data' || event === 'readable') this[isAloneOf] = false
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
