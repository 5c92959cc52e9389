/** What mounts need of a gateway: match, carry, refuse. It holds the one pointer that a reload swaps. */

import type { ListenerConfig } from '@headgate/config'
import { dialectOf } from '@headgate/dialect'
import { match } from '@headgate/matcher'
import type { BodyBudget, RequestBody } from '@headgate/proxy'
import { closingAnswer, sendAnswer, statusOf } from './answers.ts'
import type { Answer } from './answers.ts'
import { grpcStatusFor, isGrpc } from './grpc-answer.ts'
import type { Incoming } from './request/incoming.ts'
import { Exchange } from './pipeline/exchange.ts'
import { Followed } from './pipeline/followed.ts'
import { Journal } from './pipeline/journal.ts'
import { GatewayError } from './errors.ts'
import type { Reply } from './reply.ts'
import { certificateProblems } from './table/certificates.ts'
import type { Runtime } from './runtime.ts'
import { toMatched } from './pipeline/matched.ts'
import type { Matched } from './pipeline/matched.ts'
import type { Table } from './table/table.ts'

export class Port {
  readonly #runtime: Runtime
  table: Table

  constructor(runtime: Runtime, table: Table) {
    this.#runtime = runtime
    this.table = table
  }

  /** The rule that takes this request, by Gateway API precedence; behind a listener, of its routes only. */
  match(incoming: Incoming, listener?: ListenerConfig): Matched | undefined {
    const table = listener === undefined ? this.table.matcher : this.table.listeners.get(listener.name)
    const row = table === undefined ? undefined : match(table, incoming)
    return row === undefined ? undefined : toMatched(row, listener?.port)
  }

  /** Carries a request to the backends of the rule that `match` found. */
  carry(matched: Matched, incoming: Incoming, body: RequestBody, reply: Reply): void {
    if (this.#runtime.closing) this.refuse(closingAnswer, incoming, reply)
    else new Exchange(this.#runtime, matched, incoming, body, reply).start()
  }

  /** Answers a request that is not carried: no route, or a head that must not be acted on. */
  refuse(answer: Answer, incoming: Incoming | undefined, reply: Reply): void {
    this.#runtime.meters?.unrouted.refused(incoming?.method ?? '', statusOf(answer))
    const id = this.#runtime.nextId()
    const accept = incoming?.header('accept')
    const contentType = incoming?.header('content-type')
    const dialect = dialectOf(incoming?.path ?? '/')
    const bytes = sendAnswer(reply, answer, { dialect, accept, contentType, requestId: id, attempts: 0 })
    if (incoming === undefined) {
      if (!this.#runtime.listens('request-refused')) return
      const { code, message = '' } = answer
      this.#runtime.emit('request-refused', { id, status: statusOf(answer), code, message })
      return
    }
    const now = this.#runtime.wheel.now()
    const followed = Followed.begin(this.#runtime, incoming, undefined)
    if (!Journal.isWanted(this.#runtime, undefined, followed)) return
    const journal = new Journal(this.#runtime, incoming, undefined, id, now, followed)
    const { code } = answer
    if (isGrpc(contentType)) journal.grpcStatus = grpcStatusFor(statusOf(answer))
    journal.sent(incoming.method === 'HEAD' ? 0 : bytes, now)
    journal.end({ result: 'answered', status: statusOf(answer), code, backend: undefined, bytesIn: 0 }, now)
  }

  /** Tells that these listeners get sockets. Throws GatewayError where a certificate cannot be used. */
  open(names: ReadonlySet<string>): void {
    const { config, secrets } = this.table
    const problems = certificateProblems(config.listeners, secrets, names)
    if (problems.length > 0) throw new GatewayError('HEADGATE_CERTIFICATE', problems.join('\n'))
    this.#runtime.openListeners = names
  }

  /** Which listeners have sockets when the next table comes: it is refused where their certificates cannot be used. */
  get openListeners(): ReadonlySet<string> {
    return this.#runtime.openListeners
  }

  set openListeners(names: ReadonlySet<string>) {
    this.#runtime.openListeners = names
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
