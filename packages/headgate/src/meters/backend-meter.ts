/** What became of the attempts at one backend, counted in place. It is made once for a name and lives over reloads. */

import type { BreakerKind } from '@headgate/breaker'
import { DurationHistogram } from './histogram.ts'
import type { Buckets, HistogramReading, Traced } from './histogram.ts'
import { StatusCounts } from './status-counts.ts'
import type { TokenMeter, TokenReading } from './token-meter.ts'

/** `ok`: a whole reply came, whatever its status. Otherwise what went wrong; what is not known is `other`. */
const outcomes = [
  'ok',
  'connect-failure',
  'reset',
  'refused-stream',
  'timeout',
  'bad-response',
  'error-event',
  'empty',
  'malformed',
  'upload-failed',
  'bad-request',
  'cancelled',
  'other',
] as const

export type MeteredOutcome = (typeof outcomes)[number]

export interface AttemptCount {
  /** Of the backend's reply; 0 when there was none. */
  readonly status: number
  readonly outcome: MeteredOutcome
  readonly count: number
}

/** Counted by the backend meter; what is read from the state of the backend stands in `BackendReading`. */
export interface AttemptReadings {
  readonly attempts: readonly AttemptCount[]
  /** From choosing the endpoint to the end of the attempt. */
  readonly duration: HistogramReading
  /** Further attempts at the backend that had one already. A first attempt is none, and neither is a fallback. */
  readonly retries: number
  /** Attempts at this backend because another one failed or had no place. */
  readonly fallbacks: number
  /** Changes of its breakers, by the state that they came to. */
  readonly breakerChanges: Readonly<Record<BreakerKind, number>>
  /** Wait of those that found every connection busy, until they had one or gave up. */
  readonly pending: HistogramReading
  /** Absent where they are not counted. */
  readonly tokens?: TokenReading
}

export class BackendMeter {
  readonly name: string
  /** Number of the last table that had it. */
  table = 0
  /** A request in flight may still count with it. Asked when a table comes. */
  held = false
  /** Undefined: replies are not read for what they say of tokens. */
  tokens: TokenMeter | undefined
  readonly #byOutcome: (StatusCounts | undefined)[] = outcomes.map(() => undefined)
  readonly #duration: DurationHistogram
  readonly #pending: DurationHistogram
  #retries = 0
  #fallbacks = 0
  #closed = 0
  #opened = 0
  #halfOpened = 0

  constructor(name: string, buckets: Buckets) {
    this.name = name
    this.#duration = new DurationHistogram(buckets)
    this.#pending = new DurationHistogram(buckets)
  }

  /** `again`: this backend had an attempt before; `fallback`: another one had. */
  attemptBegan(again: boolean, fallback: boolean): void {
    if (again) this.#retries++
    else if (fallback) this.#fallbacks++
  }

  /** `outcome` as in the event `attempt-ended`: `ok`, a status, or what went wrong. */
  attemptEnded(status: number, outcome: string, ms: number, traced?: Traced): void {
    const at = outcomeIndex(outcome, status)
    const counts = (this.#byOutcome[at] ??= new StatusCounts())
    counts.add(status)
    this.#duration.observe(ms, traced)
  }

  /** Of the duration of attempts. */
  keepExemplars(): void {
    this.#duration.keepExemplars()
  }

  breakerChanged(to: BreakerKind): void {
    if (to === 'open') this.#opened++
    else if (to === 'closed') this.#closed++
    else this.#halfOpened++
  }

  waited(ms: number): void {
    this.#pending.observe(ms)
  }

  read(): AttemptReadings {
    return {
      attempts: this.#byOutcome.flatMap((counts, at) =>
        (counts?.read() ?? []).map((cell) => ({ ...cell, outcome: outcomes[at] ?? 'other' })),
      ),
      duration: this.#duration.read(),
      retries: this.#retries,
      fallbacks: this.#fallbacks,
      breakerChanges: { closed: this.#closed, open: this.#opened, 'half-open': this.#halfOpened },
      pending: this.#pending.read(),
      ...(this.tokens === undefined ? {} : { tokens: this.tokens.read() }),
    }
  }
}

function outcomeIndex(outcome: string, status: number): number {
  if (outcome === 'ok') return 0
  const at = (outcomes as readonly string[]).indexOf(outcome)
  if (at !== -1) return at
  // A status, or what an error reply says: a whole reply came.
  return status > 0 ? 0 : outcomes.length - 1
}
