// Where a caller's body comes from: a stream, listened to without a closure per request. It keeps nothing.

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

interface OwnedSource extends Readable {
  [ownerOf]?: SourceOwner
}

/** Listens to `source`, paused: nothing is read before it is resumed. */
export function listenTo(source: Readable, owner: SourceOwner): void {
  const own: OwnedSource = source
  own[ownerOf] = owner
  own.pause()
  own.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose)
}

function onData(this: OwnedSource, chunk: Buffer): void {
  this[ownerOf]?.sourceData(chunk)
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
