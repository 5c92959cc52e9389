/** What mounts need of a gateway: match, carry, refuse. It holds the one pointer that a reload swaps. */

import { match } from '@headgate/matcher'
import type { BodyBudget, RequestBody } from '@headgate/proxy'
import { closingAnswer, sendAnswer, statusOf } from './answers.ts'
import type { Answer } from './answers.ts'
import type { Incoming } from './request/incoming.ts'
import { Exchange } from './pipeline/exchange.ts'
import { Journal } from './pipeline/journal.ts'
import type { Reply } from './reply.ts'
import type { Runtime } from './runtime.ts'
import type { RulePlan, Table } from './table/table.ts'

export class Port {
  readonly #runtime: Runtime
  table: Table

  constructor(runtime: Runtime, table: Table) {
    this.#runtime = runtime
    this.table = table
  }

  /** The rule that takes this request, by Gateway API precedence. */
  match(incoming: Incoming): RulePlan | undefined {
    return match(this.table.matcher, incoming)?.value
  }

  /** Carries a request to the backends of the rule that `match` found. */
  carry(plan: RulePlan, incoming: Incoming, body: RequestBody, reply: Reply): void {
    if (this.#runtime.closing) this.refuse(closingAnswer, incoming, reply)
    else new Exchange(this.#runtime, plan, incoming, body, reply).start()
  }

  /** Answers a request that is not carried: no route, or a head that must not be acted on. */
  refuse(answer: Answer, incoming: Incoming | undefined, reply: Reply): void {
    const id = this.#runtime.nextId()
    const accept = incoming?.header('accept')
    sendAnswer(reply, answer, { path: incoming?.path ?? '/', accept, requestId: id, attempts: 0 })
    if (incoming === undefined) {
      if (!this.#runtime.listens('request-refused')) return
      const { code, message = '' } = answer
      this.#runtime.emit('request-refused', { id, status: statusOf(answer), code, message })
      return
    }
    const now = this.#runtime.wheel.now()
    const journal = Journal.open(this.#runtime, incoming, undefined, () => id, now)
    journal?.end('answered', statusOf(answer), answer.code, undefined, now)
  }

  /** Proxies in front that are trusted with the forwarded fields. */
  get trustedHops(): number {
    return this.table.config.forwarded.trustedHops
  }

  /** How much of a request body may be kept for a further try. */
  get bodies(): { readonly keepPerRequest: number; readonly budget: BodyBudget } {
    return { keepPerRequest: this.table.config.bodies.keepPerRequest, budget: this.#runtime.bodyBudget }
  }

  /** Tells listeners of `warning`, or Node's own warnings where there is none. */
  warn(code: string, message: string): void {
    this.#runtime.warn(code, message)
  }
}
