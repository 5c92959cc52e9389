/** A histogram of durations as plain numbers: counting writes into one array. */

/** Upper bounds in seconds: from quick answers to generations of ten minutes. */
export const defaultBuckets: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600,
]

/** One request that was observed, by its trace. */
export interface ExemplarReading {
  /** 32 hexadecimal digits, as in W3C Trace Context. */
  readonly traceId: string
  /** In seconds. */
  readonly value: number
  /** When it was observed, in seconds since 1970. */
  readonly at: number
}

/** What belongs to a trace; asked only where exemplars are kept. */
export interface Traced {
  /** Undefined where its trace is not kept. */
  readonly traceId: string | undefined
}

/** What was observed, not added up: one count a bucket, and one for what is above the last bound. */
export interface HistogramReading {
  /** Upper bounds, in seconds. */
  readonly bounds: readonly number[]
  readonly counts: readonly number[]
  readonly count: number
  /** Of all that was observed, in seconds. */
  readonly sum: number
  /** The last one of each bucket, in the order of `counts`; absent where none are kept. */
  readonly exemplars?: readonly (ExemplarReading | undefined)[]
}

/** Upper bounds of buckets, made once for all histograms that have them. */
export class Buckets {
  readonly seconds: readonly number[]
  readonly ms: Float64Array

  /** Throws RangeError for what is not finite, above 0 and in rising order. */
  constructor(seconds: readonly number[]) {
    if (seconds.length === 0 || !seconds.every((bound, at) => bound > (seconds[at - 1] ?? 0) && bound < Infinity))
      throw new RangeError(`buckets are ${seconds.join(', ')}: expected seconds above 0 in rising order`)
    this.seconds = [...seconds]
    this.ms = Float64Array.from(seconds, (bound) => bound * 1000)
  }
}

export class DurationHistogram {
  readonly #buckets: Buckets
  /** A count for each bound, one for the rest, then the sum in ms. */
  readonly #cells: Float64Array
  /** One for each count. Undefined where none are kept. */
  #exemplars: (ExemplarReading | undefined)[] | undefined

  constructor(buckets: Buckets) {
    this.#buckets = buckets
    this.#cells = new Float64Array(buckets.ms.length + 2)
  }

  keepExemplars(): void {
    this.#exemplars ??= Array.from({ length: this.#cells.length - 1 }, () => undefined)
  }

  observe(ms: number, traced?: Traced): void {
    const bounds = this.#buckets.ms
    const cells = this.#cells
    let low = 0
    let high = bounds.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (ms <= (bounds[middle] as number)) high = middle
      else low = middle + 1
    }
    cells[low] = (cells[low] as number) + 1
    const last = cells.length - 1
    cells[last] = (cells[last] as number) + ms
    if (this.#exemplars !== undefined && traced !== undefined) exemplify(this.#exemplars, low, ms, traced)
  }

  read(): HistogramReading {
    const counts = Array.from(this.#cells.subarray(0, -1))
    return {
      bounds: this.#buckets.seconds,
      counts,
      count: counts.reduce((sum, count) => sum + count, 0),
      sum: (this.#cells.at(-1) ?? 0) / 1000,
      ...(this.#exemplars === undefined ? {} : { exemplars: [...this.#exemplars] }),
    }
  }
}

function exemplify(exemplars: (ExemplarReading | undefined)[], at: number, ms: number, { traceId }: Traced): void {
  if (traceId !== undefined) exemplars[at] = { traceId, value: ms / 1000, at: Date.now() / 1000 }
}
