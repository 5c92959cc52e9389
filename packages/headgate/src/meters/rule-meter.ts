/** What became of the requests of one rule, counted in place. It is made once for a rule and lives over reloads. */

import type { RequestResult } from '../events.ts'
import { DurationHistogram } from './histogram.ts'
import type { Buckets, HistogramReading, Traced } from './histogram.ts'
import { StatusCounts } from './status-counts.ts'

/** Callers make up methods: all others are counted as `other`. */
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'other'] as const

export type MeteredMethod = (typeof methods)[number]

export interface RequestCount {
  readonly method: MeteredMethod
  /** Sent to the caller; 0 where it left before one was sent. */
  readonly status: number
  readonly count: number
}

export interface RuleReading {
  /** Empty for requests that no route took. */
  readonly route: string
  readonly rule: string
  readonly requests: readonly RequestCount[]
  /** The same requests by how they ended. */
  readonly results: Readonly<Record<RequestResult, number>>
  /** From the match to the last byte. */
  readonly duration: HistogramReading
  /** To the head of the reply, for replies of backends. */
  readonly firstByte: HistogramReading
  /** To the first event of a stream that says something. */
  readonly firstToken: HistogramReading
}

export class RuleMeter {
  readonly route: string
  readonly rule: string
  /** Number of the last table that had it. */
  table = 0
  /** A request in flight may still count with it. Asked when a table comes. */
  held = false
  readonly #byMethod: (StatusCounts | undefined)[] = methods.map(() => undefined)
  readonly #duration: DurationHistogram
  readonly #firstByte: DurationHistogram
  readonly #firstToken: DurationHistogram
  #completed = 0
  #answered = 0
  #broken = 0
  #abandoned = 0

  constructor(route: string, rule: string, buckets: Buckets) {
    this.route = route
    this.rule = rule
    this.#duration = new DurationHistogram(buckets)
    this.#firstByte = new DurationHistogram(buckets)
    this.#firstToken = new DurationHistogram(buckets)
  }

  ended(method: string, status: number, result: RequestResult, ms: number, traced?: Traced): void {
    this.#count(method, status, result)
    this.#duration.observe(ms, traced)
  }

  /** It was answered before a route was found: that takes no time. */
  refused(method: string, status: number): void {
    this.#count(method, status, 'answered')
  }

  firstByte(ms: number): void {
    this.#firstByte.observe(ms)
  }

  firstToken(ms: number, traced?: Traced): void {
    this.#firstToken.observe(ms, traced)
  }

  /** Of the whole duration and of the time to the first token. */
  keepExemplars(): void {
    this.#duration.keepExemplars()
    this.#firstToken.keepExemplars()
  }

  read(): RuleReading {
    return {
      route: this.route,
      rule: this.rule,
      requests: this.#byMethod.flatMap((counts, at) =>
        (counts?.read() ?? []).map(({ status, count }) => ({ method: methods[at] ?? 'other', status, count })),
      ),
      results: {
        completed: this.#completed,
        answered: this.#answered,
        broken: this.#broken,
        abandoned: this.#abandoned,
      },
      duration: this.#duration.read(),
      firstByte: this.#firstByte.read(),
      firstToken: this.#firstToken.read(),
    }
  }

  #count(method: string, status: number, result: RequestResult): void {
    const at = methodIndex(method)
    const counts = (this.#byMethod[at] ??= new StatusCounts())
    counts.add(status)
    switch (result) {
      case 'completed':
        this.#completed++
        break
      case 'answered':
        this.#answered++
        break
      case 'broken':
        this.#broken++
        break
      case 'abandoned':
        this.#abandoned++
    }
  }
}

function methodIndex(method: string): number {
  switch (method) {
    case 'GET':
      return 0
    case 'POST':
      return 1
    case 'PUT':
      return 2
    case 'PATCH':
      return 3
    case 'DELETE':
      return 4
    case 'HEAD':
      return 5
    case 'OPTIONS':
      return 6
    default:
      return 7
  }
}
