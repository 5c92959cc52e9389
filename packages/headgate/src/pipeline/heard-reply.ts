/** What an attempt's reply says about itself, read in passing where somebody wants to know. */

import { Edges, replyFacts } from '@headgate/dialect'
import type { DialectName, ReplyFacts } from '@headgate/dialect'
import { streamFacts } from '../answers.ts'

const nothing: Buffer = Buffer.alloc(0)
const edgeBytes = 2048

export class HeardReply {
  readonly #dialect: DialectName
  readonly #stream: boolean
  readonly #replyBytes: number
  readonly #edges: Edges
  /** When its stream said its first word. */
  #spokeAt: number | undefined

  private constructor(dialect: DialectName, stream: boolean, replyBytes: number) {
    this.#dialect = dialect
    this.#stream = stream
    this.#replyBytes = stream ? 0 : replyBytes
    this.#edges = this.#replyBytes > edgeBytes ? new Edges(this.#replyBytes) : new Edges(edgeBytes)
  }

  /**
   * Undefined for what says nothing that can be read: an error, a content-coded reply, an API that is not known. `replyBytes`: the
   * longest whole reply that somebody wants.
   */
  static open(
    dialect: DialectName,
    status: number,
    headers: readonly string[],
    replyBytes: number,
  ): HeardReply | undefined {
    if (dialect === 'unknown' || status < 200 || status > 299) return undefined
    const { eventStream, coded } = streamFacts(headers)
    return coded ? undefined : new HeardReply(dialect, eventStream, replyBytes)
  }

  add(chunk: Buffer): void {
    this.#edges.add(chunk)
  }

  /** The whole reply where somebody wants it, of one that came to its end. */
  reply(): Buffer | undefined {
    const { length } = this.#edges
    return length === 0 || length > this.#replyBytes ? undefined : this.#edges.read().head
  }

  /** Its stream said its first word. */
  spoke(now: number): void {
    this.#spokeAt ??= now
  }

  /** Since its stream said its first word; undefined where it said none. */
  sinceFirst(now: number): number | undefined {
    return this.#spokeAt === undefined ? undefined : now - this.#spokeAt
  }

  /** `whole`: the reply came to its end. Call it once. */
  facts(whole: boolean): ReplyFacts | undefined {
    if (this.#edges.length === 0) return undefined
    const { head, tail } = this.#edges.read()
    // The last brace of an object that broke off is not that of the whole.
    return replyFacts(this.#dialect, { head, tail: whole || this.#stream ? tail : nothing, stream: this.#stream })
  }
}
