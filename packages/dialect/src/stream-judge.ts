/** Until when may a streamed reply still be replaced? It keeps no reply and knows no attempts. */

import type { DialectName } from './dialect-of.ts'
import { EventReader } from './event-reader.ts'
import { streamClassifier } from './stream-classifier.ts'
import type { StreamClassifier } from './stream-classifier.ts'
import { emptyStream } from './stream-failure.ts'
import type { StreamFailure } from './stream-failure.ts'

export type StreamVerdict = 'hold' | 'commit' | 'failed'

export interface StreamCaps {
  /** Most bytes to hold, default 128 KiB. A stream that said nothing in them commits. */
  readonly maxBytes?: number
  /** Most events to hold, default 64. Comments are none. */
  readonly maxEvents?: number
}

/** The responses API repeats instructions and tools twice before its first word. */
const mostBytes = 128 * 1024

const mostEvents = 64

/**
 * Reads an event stream until the first event that says something: content, reasoning, a refusal, a tool call, a result. Until
 * then the reply says nothing that a further attempt would contradict, and an error event, an event that is no JSON, or the end
 * is a failure like a 5xx.
 *
 * The verdict depends on the bytes alone and not on how they are cut into chunks. Nothing behind the event that decides is read.
 * The caller keeps the chunks; the judge keeps a line and an event that are not ended yet, until the verdict.
 *
 * Dialects whose streams are not known (`openai`, `unknown`) commit at the first byte, and at the end.
 */
export class StreamJudge {
  readonly #classify: StreamClassifier | undefined
  readonly #maxBytes: number
  readonly #maxEvents: number
  #reader: EventReader | undefined
  #verdict: StreamVerdict = 'hold'
  #failure: StreamFailure | undefined
  #bytes = 0
  #events = 0

  /** A dialect, or how else to judge an event. */
  constructor(dialect: DialectName | StreamClassifier, caps?: StreamCaps) {
    this.#classify = typeof dialect === 'function' ? dialect : streamClassifier(dialect)
    this.#maxBytes = caps?.maxBytes ?? mostBytes
    this.#maxEvents = caps?.maxEvents ?? mostEvents
  }

  get verdict(): StreamVerdict {
    return this.#verdict
  }

  /** Why the verdict is `failed`. */
  get failure(): StreamFailure | undefined {
    return this.#failure
  }

  /** The verdict after this chunk. Once it is not `hold` it stays, and further chunks are not read. */
  push(chunk: Buffer): StreamVerdict {
    if (this.#verdict !== 'hold' || chunk.length === 0) return this.#verdict
    const classify = this.#classify
    if (classify === undefined) return this.#settle('commit')
    const room = this.#maxBytes - this.#bytes
    this.#bytes += chunk.length
    this.#reader ??= new EventReader()
    this.#reader.feed(chunk, Math.min(chunk.length, room))
    while (this.#reader.next()) {
      const verdict = judge(classify, this.#reader)
      if (verdict !== 'hold') return this.#settle(verdict)
      if (++this.#events > this.#maxEvents) return this.#settle('commit')
    }
    return this.#bytes > this.#maxBytes ? this.#settle('commit') : 'hold'
  }

  /**
   * The verdict at the end of the stream: `failed` when it said nothing. An event that the end cut off says nothing either, but it
   * may report an error.
   */
  end(): 'commit' | 'failed' {
    if (this.#verdict !== 'hold') return this.#verdict
    const classify = this.#classify
    if (classify === undefined) return this.#settle('commit')
    if (this.#reader?.finish()) {
      const verdict = judge(classify, this.#reader)
      if (typeof verdict === 'object') return this.#settle(verdict)
    }
    return this.#settle(emptyStream)
  }

  #settle(verdict: 'commit' | StreamFailure): 'commit' | 'failed' {
    this.#reader = undefined
    if (verdict === 'commit') return (this.#verdict = verdict)
    this.#failure = verdict
    return (this.#verdict = 'failed')
  }
}

function judge(classify: StreamClassifier, { event, data }: EventReader): 'hold' | 'commit' | StreamFailure {
  try {
    return classify(event, data)
  } catch {
    // A classifier of the user's own that fails has no say about the reply.
    return 'commit'
  }
}
