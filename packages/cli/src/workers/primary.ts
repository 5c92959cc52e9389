/** Several gateways on the same sockets, a process each: starts them, replaces them, updates all of them or none. */

import cluster from 'node:cluster'
import type { MetricSnapshot } from '@headgate/prometheus'
import type { Logger } from 'pino'
import type { LogLevel } from '../arguments.ts'
import { Departed } from '../metrics/departed.ts'
import type { Address } from '../option-values.ts'
import type { Measured, Served, Serving } from '../serve-gateway.ts'
import { chooseFreePorts } from './free-ports.ts'
import { Member } from './member.ts'
import type { Answer } from './member.ts'
import { Restarts } from './restarts.ts'

export interface WorkersOptions {
  readonly count: number
  /** The file that workers run; it must call `runWorker`. */
  readonly entry: string
  readonly logLevel: LogLevel
  /** Longest wait for the requests of an address that a reload closes. */
  readonly drainMs: number
  /** As in `ServeOptions`. */
  readonly measured: Measured | undefined
  readonly logger: Logger
  /** Workers die faster than it makes sense to replace them. */
  readonly gaveUp: () => void
}

/** Deaths within a minute, for each worker, after which it makes no sense to go on. */
const deathsPerWorker = 10

/** How much longer than the drain a worker may take to end before it is killed. */
const stopGraceMs = 5000

/** Starts all workers. Rejects with the reason of the first that cannot serve; all are gone then. */
export async function startWorkers(served: Served, options: WorkersOptions): Promise<Serving> {
  // Structured clone keeps maps, which JSON would not.
  cluster.setupPrimary({ exec: options.entry, serialization: 'advanced' })
  const bind = await chooseFreePorts(served)
  const primary = new Primary({ ...served, bind }, options)
  await primary.start()
  return primary
}

class Primary implements Serving {
  addresses: ReadonlyMap<string, Address> = new Map()
  readonly #options: WorkersOptions
  readonly #restarts: Restarts
  readonly #members = new Set<Member>()
  readonly #departed = new Departed()
  #phase: 'starting' | 'serving' | 'closing' = 'starting'
  #served: Served
  #revision = 0

  constructor(served: Served, options: WorkersOptions) {
    this.#served = served
    this.#options = options
    this.#restarts = new Restarts(deathsPerWorker * options.count)
  }

  async start(): Promise<void> {
    const members = Array.from({ length: this.#options.count }, () => this.#fork())
    try {
      const [addresses = new Map<string, Address>()] = await Promise.all(members.map((member) => member.started))
      this.addresses = addresses
      this.#phase = 'serving'
    } catch (error) {
      await this.close(0)
      throw error
    }
  }

  async update(served: Served): Promise<void> {
    const revision = ++this.#revision
    const pinned = { ...served, bind: await chooseFreePorts(served, this.#served) }
    const prepared = await this.#askAll('prepare', revision, pinned)
    const refusal = [...prepared.values()].find((answer) => answer.kind === 'refused')
    if (refusal !== undefined) throw new Error(refusal.reason)
    const former = this.#served
    // A worker that starts from here on begins with the new one; one that is starting gets the commit after its start.
    this.#served = pinned
    const committed = await this.#askAll('commit', revision, pinned)
    const refused = [...committed].flatMap(([member, answer]) =>
      answer.kind === 'refused' ? [{ member, answer }] : [],
    )
    const [first] = refused
    if (first === undefined) this.addresses = pinned.bind
    if (first === undefined) return
    if (refused.length === committed.size) {
      this.#served = former
      throw new Error(first.answer.reason)
    }
    // Its replacement has the new config: no worker goes on with the old one.
    for (const { member, answer } of refused) {
      this.#options.logger.warn(
        { event: 'worker-stale', worker: member.id },
        `worker ${member.id} is replaced: ${answer.reason}`,
      )
      member.kill()
    }
  }

  async collect(): Promise<readonly MetricSnapshot[]> {
    const members = [...this.#members]
    await Promise.all(members.map((member) => member.collect()))
    // One that died meanwhile has left what it told last.
    const there = members.filter((member) => this.#members.has(member))
    return [...there.flatMap(({ collected }) => collected), this.#departed.snapshot]
  }

  async close(drainMs: number): Promise<void> {
    this.#phase = 'closing'
    await Promise.all([...this.#members].map((member) => member.stop(drainMs, drainMs + stopGraceMs)))
  }

  async #askAll(type: 'prepare' | 'commit', revision: number, served: Served): Promise<Map<Member, Answer>> {
    const asked = [...this.#members].map(async (member): Promise<[Member, Answer]> => [
      member,
      await member.ask({ type, revision, served }),
    ])
    return new Map(await Promise.all(asked))
  }

  #fork(): Member {
    const { logLevel, drainMs, logger, measured } = this.#options
    const member = new Member({ type: 'start', served: this.#served, logLevel, drainMs, measured })
    const { id: worker, pid } = member
    this.#members.add(member)
    void member.gone.then((how) => this.#died(member, how))
    member.started.then(
      () => logger.info({ event: 'worker-started', worker, pid }, `worker ${worker} serves`),
      (error: Error) => {
        // At the start of the program the reason is told once for all of them.
        if (this.#phase === 'serving')
          logger.error({ event: 'worker-refused', worker }, `worker ${worker}: ${error.message}`)
        member.kill()
      },
    )
    return member
  }

  #died(member: Member, how: string): void {
    this.#members.delete(member)
    for (const last of member.collected) this.#departed.add(last)
    if (this.#phase !== 'serving') return
    const { logger, gaveUp } = this.#options
    const waitMs = this.#restarts.died(performance.now())
    if (waitMs === undefined) {
      logger.fatal({ event: 'workers-given-up' }, `worker ${member.id} ${how}; too many died within a minute`)
      gaveUp()
      return
    }
    logger.error({ event: 'worker-died', worker: member.id, waitMs }, `worker ${member.id} ${how} and is replaced`)
    setTimeout(() => {
      if (this.#phase === 'serving') this.#fork()
    }, waitMs)
  }
}
