/** One worker as the primary sees it: asked questions, and at some time gone. It decides nothing. */

import cluster from 'node:cluster'
import type { Worker } from 'node:cluster'
import type { MetricSnapshot } from '@headgate/prometheus'
import type { Address } from '../option-values.ts'
import { startRevision } from './messages.ts'
import type { FromWorker, ToWorker } from './messages.ts'

/** What came of a question. `gone`: it died before it answered, and has no say any more. */
export type Answer =
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'gone' }

type Question = ToWorker & { readonly type: 'prepare' | 'commit' }

/** Longest wait for an answer: a worker that is busy for longer is not well. */
const answerMs = 10_000

/** A scraper waits for all of them: what a busy one told last is good enough. */
const collectMs = 2000

export class Member {
  readonly id: number
  readonly pid: number | undefined
  /** Resolves with the addresses once it listens; rejects when it cannot or dies before. */
  readonly started: Promise<ReadonlyMap<string, Address>>
  /** Resolves when the process is over, with how it ended. */
  readonly gone: Promise<string>
  /** What it told last of its counts. */
  collected: readonly MetricSnapshot[] = []
  readonly #worker: Worker
  /** Who waits for an answer, by revision: no two questions of one revision are open at once. */
  readonly #open = new Map<number, (answer: Answer) => void>()
  readonly #collecting = new Set<() => void>()

  /** Forks the process and gives it its first order. */
  constructor(start: ToWorker & { readonly type: 'start' }) {
    this.#worker = cluster.fork()
    this.id = this.#worker.id
    this.pid = this.#worker.process.pid
    const started = Promise.withResolvers<ReadonlyMap<string, Address>>()
    const gone = Promise.withResolvers<string>()
    this.started = started.promise
    this.gone = gone.promise
    // Who waits for the start hears of it; after that nobody may.
    this.started.catch(() => {})
    this.#worker.on('error', () => {})
    this.#worker.on('message', (message: FromWorker) => {
      if (message.type === 'started') started.resolve(message.addresses)
      else if (message.type === 'collected') this.#told(message.collected)
      else if (message.revision === startRevision && message.type === 'refused')
        started.reject(new Error(message.reason))
      else this.#answered(message)
    })
    this.#worker.on('exit', (code, signal) => {
      const how = signal ? `was ended by ${signal}` : `ended with code ${code}`
      started.reject(new Error(`a worker ${how} before it served`))
      for (const settle of this.#open.values()) settle({ kind: 'gone' })
      for (const settle of this.#collecting) settle()
      gone.resolve(how)
    })
    this.#tell(start)
  }

  /** Asks and waits for the answer; a worker that gives none in time has refused. */
  ask(question: Question): Promise<Answer> {
    if (!this.#worker.isConnected()) return Promise.resolve({ kind: 'gone' })
    const { promise, resolve } = Promise.withResolvers<Answer>()
    const settle = (answer: Answer): void => {
      clearTimeout(limit)
      this.#open.delete(question.revision)
      resolve(answer)
    }
    const limit = setTimeout(settle, answerMs, { kind: 'refused', reason: `worker ${this.id} does not answer` })
    this.#open.set(question.revision, settle)
    this.#tell(question)
    return promise
  }

  /** Resolves when `collected` is up to date, or it did not answer in time. */
  collect(): Promise<void> {
    if (!this.#worker.isConnected()) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    const settle = (): void => {
      clearTimeout(limit)
      this.#collecting.delete(settle)
      resolve()
    }
    const limit = setTimeout(settle, collectMs)
    this.#collecting.add(settle)
    this.#tell({ type: 'collect' })
    return promise
  }

  #told(collected: readonly MetricSnapshot[]): void {
    this.collected = collected
    for (const settle of this.#collecting) settle()
  }

  /** Lets it drain; after `limitMs` it is killed. Resolves when it is gone. */
  async stop(drainMs: number, limitMs: number): Promise<void> {
    this.#tell({ type: 'stop', drainMs })
    const limit = setTimeout(() => this.kill(), limitMs)
    await this.gone
    clearTimeout(limit)
  }

  kill(): void {
    this.#worker.process.kill('SIGKILL')
  }

  #answered(message: FromWorker & { readonly type: 'done' | 'refused' }): void {
    const settle = this.#open.get(message.revision)
    settle?.(message.type === 'done' ? { kind: 'done' } : { kind: 'refused', reason: message.reason })
  }

  #tell(message: ToWorker): void {
    // One that died meanwhile hears nothing, and its exit says so.
    if (this.#worker.isConnected()) this.#worker.send(message, undefined, () => {})
  }
}
