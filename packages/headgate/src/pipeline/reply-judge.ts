/** What decides on a reply before it is committed: its first events, or what an error in it says. */

import { dialectOf, errorClass, StreamJudge } from '@headgate/dialect'
import type { ErrorClass, StreamFailure } from '@headgate/dialect'
import { streamFacts } from '../answers.ts'
import type { Incoming } from '../request/incoming.ts'
import type { RulePlan } from '../table/plan-rule.ts'

/** Longest body of an error reply that is read for what it says. */
const mostErrorBytes = 64 * 1024

export type JudgeVerdict = 'hold' | 'commit' | 'failed'

/** Why a reply is no good although its head was. `error-reply`: an error whose class is known, under a status that says little. */
export interface ReplyFailure {
  readonly kind: StreamFailure['kind'] | 'error-reply'
  /** What it amounts to: the status of the reply, or the one that the error inside a stream stands for. */
  readonly status: number
  readonly errorClass?: ErrorClass | undefined
}

/** Sees a reply as it comes, until it gives a verdict other than `hold`. */
export interface ReplyJudge {
  push(chunk: Buffer): JudgeVerdict
  /** The reply has ended, and nothing was decided before. */
  end(): 'commit' | 'failed'
  readonly failure: ReplyFailure | undefined
}

/**
 * For an event stream that can be read. Undefined for every other reply: it is committed at its head, and so is a stream that is
 * content-coded. A stream of an API that is not known is good with its first byte.
 */
export function streamJudge(
  { dialect }: RulePlan,
  incoming: Incoming,
  status: number,
  headers: readonly string[],
): ReplyJudge | undefined {
  if (status !== 200 || incoming.method === 'HEAD') return undefined
  const { eventStream, coded } = streamFacts(headers)
  if (!eventStream || coded) return undefined
  return new StreamJudge(dialect?.classifier ?? dialect?.name ?? dialectOf(incoming.path))
}

/** Reads a 4xx reply to its end: its status says little about whether another backend would do better. */
export class ErrorReplyJudge implements ReplyJudge {
  readonly #status: number
  readonly #chunks: Buffer[] = []
  #bytes = 0
  #failure: ReplyFailure | undefined

  constructor(status: number) {
    this.#status = status
  }

  get failure(): ReplyFailure | undefined {
    return this.#failure
  }

  push(chunk: Buffer): JudgeVerdict {
    this.#bytes += chunk.length
    if (this.#bytes > mostErrorBytes) return 'commit'
    this.#chunks.push(chunk)
    return 'hold'
  }

  end(): 'commit' | 'failed' {
    const found = errorClass(this.#status, Buffer.concat(this.#chunks))
    if (found === undefined) return 'commit'
    this.#failure = { kind: 'error-reply', status: this.#status, errorClass: found }
    return 'failed'
  }
}
