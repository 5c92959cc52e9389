/** The caller's side of one exchange: its reply, what was said in it, and the journal that is closed with it. */

import { setHeader } from '@headgate/proxy'
import type { Tunnel } from '@headgate/proxy'
import { breakingEvent, sendAnswer, statusOf, streamFacts } from '../answers.ts'
import type { Answer, AnswerCode } from '../answers.ts'
import type { RequestResult } from '../events.ts'
import type { Incoming } from '../request/incoming.ts'
import type { Reply } from '../reply.ts'
import type { Runtime } from '../runtime.ts'
import type { RulePlan } from '../table/plan-rule.ts'
import type { HeldReply } from './held-reply.ts'
import { Journal } from './journal.ts'

export class Outbound {
  readonly reply: Reply
  readonly journal: Journal | undefined
  /** The caller has not read what was written. */
  blocked = false
  readonly #runtime: Runtime
  readonly #incoming: Incoming
  #id: string | undefined
  #status = 0
  #headers: readonly string[] = []

  constructor(runtime: Runtime, plan: RulePlan, incoming: Incoming, reply: Reply, now: number) {
    this.reply = reply
    this.#runtime = runtime
    this.#incoming = incoming
    this.journal = Journal.open(runtime, incoming, plan, () => this.requestId, now)
  }

  /** Made when something needs it: an error body or an event. */
  get requestId(): string {
    this.#id ??= this.#runtime.nextId()
    return this.#id
  }

  /** The head of a backend's reply. False when it holds something that cannot be written; nothing was sent then. */
  head(status: number, statusText: string, headers: string[], attempts: number, alone = false): boolean {
    // SDKs retry on their own: after tries of headgate that would multiply.
    if (attempts > 1 && (status >= 500 || status === 429)) setHeader(headers, 'x-should-retry', 'false')
    try {
      this.reply.head(status, statusText, headers, alone)
    } catch {
      return false
    }
    this.#status = status
    this.#headers = headers
    return true
  }

  /** A reply that was held, whole. False as for `head`. */
  replay(held: HeldReply, attempts: number): boolean {
    if (!this.head(held.status, held.statusText, held.headers, attempts)) return false
    for (const chunk of held.chunks) this.reply.write(chunk)
    this.reply.end(undefined)
    return true
  }

  /** The 101 of a backend. False where the caller asked for none, or a field cannot be written. */
  upgrade(headers: readonly string[], tunnel: Tunnel): boolean {
    if (this.reply.upgrade === undefined) return false
    try {
      this.reply.upgrade(headers, tunnel)
    } catch {
      return false
    }
    this.#status = 101
    return true
  }

  /** False: wait until the caller has read. */
  write(chunk: Buffer): boolean {
    const flows = this.reply.write(chunk)
    this.blocked = !flows
    return flows
  }

  answer(answer: Answer, attempts: number): void {
    this.#status = statusOf(answer)
    const { path } = this.#incoming
    const accept = this.#incoming.header('accept')
    const contentType = this.#incoming.header('content-type')
    sendAnswer(this.reply, answer, { path, accept, contentType, requestId: this.requestId, attempts })
  }

  /** Ends a reply that has begun so that the caller sees that it is not whole. */
  breakOff(code: AnswerCode): void {
    this.reply.cut(breakingEvent(this.#incoming.path, streamFacts(this.#headers), code, this.requestId))
  }

  close(result: RequestResult, code: string | undefined, backend: string | undefined, now: number): void {
    this.journal?.end(result, this.#status, code, backend, now)
  }
}
