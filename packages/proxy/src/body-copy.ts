// A second copy of an upload, for a request that goes out once all of it has come. It bounds what it holds and reads nothing by itself.

import type { Readable } from 'node:stream'
import { BodyAllowance, type BodyBudget } from './body-budget.ts'

/** `giveBack` returns the bytes to the budget, once nobody needs them any more. */
export type CopyDone = (bytes: Buffer | undefined, giveBack: () => void) => void

/**
 * Gathers what `source` gives to whoever reads it, and hands it over when the source has ended: `undefined` when it is more than
 * `maxBytes` or than the budget has left, or when the upload broke. `contentLength` is undefined for a chunked one. To be called
 * before anything was read.
 */
export function copySource(
  source: Readable | null,
  contentLength: number | undefined,
  maxBytes: number,
  budget: BodyBudget | undefined,
  done: CopyDone,
): void {
  if (source === null || budget === undefined || (contentLength ?? 0) > maxBytes) return done(undefined, () => {})
  const chunks: Buffer[] = []
  let length = 0
  const allowance = new BodyAllowance(budget)
  const giveBack = (): void => allowance.giveBack()
  const settle = (bytes: Buffer | undefined): void => {
    source.off('data', add).off('end', end).off('aborted', broke).off('error', broke).off('close', broke)
    if (bytes === undefined) giveBack()
    chunks.length = 0
    done(bytes, giveBack)
  }
  const add = (chunk: Buffer): void => {
    length += chunk.length
    if (!allowance.take(chunk.length, maxBytes)) return settle(undefined)
    chunks.push(chunk)
  }
  const end = (): void => {
    settle(contentLength === undefined || contentLength === length ? Buffer.concat(chunks, length) : undefined)
  }
  const broke = (): void => settle(undefined)
  source.on('data', add).on('end', end).on('aborted', broke).on('error', broke).on('close', broke)
}
