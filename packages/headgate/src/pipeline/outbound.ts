/** The caller's side of one exchange: its reply, what was said in it, and the journal that is closed with it. */

import { setHeader } from '@headgate/proxy'
import { breakingEvent, sendAnswer, statusOf, streamFacts } from '../answers.ts'
import type { Answer, AnswerCode } from '../answers.ts'
import type { RequestResult } from '../events.ts'
import type { Incoming } from '../request/incoming.ts'
import type { Reply } from '../reply.ts'
import type { Runtime } from '../runtime.ts'
import type { RulePlan } from '../table/table.ts'
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

  /** The head of a backend's reply. May throw when it cannot be written; nothing was sent then. */
  head(status: number, statusText: string, headers: string[], attempts: number): void {
    // SDKs retry on their own: after tries of headgate that would multiply.
    if (attempts > 1 && (status >= 500 || status === 429)) setHeader(headers, 'x-should-retry', 'false')
    this.reply.head(status, statusText, headers)
    this.#status = status
    this.#headers = headers
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
    sendAnswer(this.reply, answer, { path, accept, requestId: this.requestId, attempts })
  }

  /** Ends a reply that has begun so that the caller sees that it is not whole. */
  breakOff(code: AnswerCode): void {
    this.reply.cut(breakingEvent(this.#incoming.path, streamFacts(this.#headers), code, this.requestId))
  }

  close(result: RequestResult, code: string | undefined, backend: string | undefined, now: number): void {
    this.journal?.end(result, this.#status, code, backend, now)
  }
}
