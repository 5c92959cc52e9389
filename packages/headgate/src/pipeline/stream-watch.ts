/** Looks at the first events and the last of a stream that goes to the caller. It holds nothing back and costs nothing in between. */

import { judgeTail } from '@headgate/dialect'
import type { DialectName } from '@headgate/dialect'
import { longestShared } from '@headgate/proxy'
import type { JudgeVerdict, ReplyFailure, ReplyJudge } from './reply-judge.ts'

/** What an error that ends a stream stands for: it says no more than that. */
const tailStatus = 500

/** Four chunks. */
const ringMask = 3

export class StreamWatch {
  readonly #dialect: DialectName
  /** Undefined once it has decided. */
  #judge: ReplyJudge | undefined
  /** The last chunks, a ring: an error and what ends the stream often come in two. */
  readonly #recent: Buffer[] = []
  #seen = 0
  #status: number
  #outcome: ReplyFailure['kind'] | 'ok'

  /**
   * `judge`: one that has not decided yet, where the stream was not held for it. `failure`: what one said that has decided, of a
   * stream that goes to the caller nevertheless.
   */
  constructor(judge: ReplyJudge | undefined, dialect: DialectName, failure?: ReplyFailure) {
    this.#judge = judge
    this.#dialect = dialect
    this.#status = failure?.status ?? 0
    this.#outcome = failure?.kind ?? 'ok'
  }

  /** It has not decided yet, and may hold what it has seen. */
  get judging(): boolean {
    return this.#judge !== undefined
  }

  /** The status that the error in the stream stands for, 0 while there is none. */
  get status(): number {
    return this.#status
  }

  /** What the attempt amounts to, for its report. */
  get outcome(): string {
    return this.#outcome
  }

  /** A verdict other than `hold` comes once, with the first event that says something. */
  see(chunk: Buffer): JudgeVerdict {
    this.#recent[this.#seen++ & ringMask] = chunk.length > longestShared ? endOf(chunk) : chunk
    return this.#judge === undefined ? 'hold' : this.#decide(this.#judge, this.#judge.push(chunk))
  }

  /** The stream ended as it should. `failed` where it said nothing, or ended in an error that was not told before. */
  end(): 'commit' | 'failed' {
    if (this.#judge !== undefined)
      return this.#decide(this.#judge, this.#judge.end()) === 'failed' ? 'failed' : 'commit'
    if (this.#status !== 0 || judgeTail(this.#dialect, this.#tail()) !== 'error') return 'commit'
    this.#status = tailStatus
    this.#outcome = 'error-event'
    return 'failed'
  }

  #tail(): Buffer {
    const at = this.#seen & ringMask
    return Buffer.concat([...this.#recent.slice(at), ...this.#recent.slice(0, at)])
  }

  #decide(judge: ReplyJudge, verdict: JudgeVerdict): JudgeVerdict {
    if (verdict === 'hold') return verdict
    this.#judge = undefined
    if (verdict === 'failed') {
      this.#status = judge.failure?.status ?? tailStatus
      this.#outcome = judge.failure?.kind ?? 'error-event'
    }
    return verdict
  }
}

/** The whole of it would be held for as long as its stream stands still, and it may be freed. */
function endOf(chunk: Buffer): Buffer {
  return Buffer.from(chunk.subarray(-longestShared))
}
