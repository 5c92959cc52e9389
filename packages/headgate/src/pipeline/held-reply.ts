/** A reply that the caller has not seen yet: it may be replaced by a further attempt. Kept whole, or not at all. */

import type { NextStep } from './ledger.ts'
import type { ReplyJudge } from './reply-judge.ts'

const mostHeldBytes = 64 * 1024

export class HeldReply {
  readonly status: number
  readonly statusText: string
  readonly headers: string[]
  /** Whose it is. */
  readonly backend: string | undefined
  /** Decides on it while it comes. Undefined: it was decided at its head. */
  readonly judge: ReplyJudge | undefined
  /** What follows when it is over, where that was decided at its head. */
  readonly step: NextStep | undefined
  readonly chunks: Buffer[] = []
  #bytes = 0

  constructor(
    status: number,
    statusText: string,
    headers: string[],
    backend: string | undefined,
    judge: ReplyJudge | undefined,
    step: NextStep | undefined,
  ) {
    this.status = status
    this.statusText = statusText
    this.headers = headers
    this.backend = backend
    this.judge = judge
    this.step = step
  }

  /** False when the reply is too long to be kept. What a judge holds has bounds of its own. */
  add(chunk: Buffer): boolean {
    this.#bytes += chunk.length
    if (this.judge === undefined && this.#bytes > mostHeldBytes) {
      this.chunks.length = 0
      return false
    }
    this.chunks.push(chunk)
    return true
  }
}
