/** What a limit must look like, and its defaults. It counts nothing. */

/** One token bucket. It starts full and never holds more than `burst`. */
export interface BucketOptions {
  /** Tokens added in each `everyMs`. A whole number of at least 1. */
  readonly tokens: number
  /** Milliseconds; a whole number of at least 1. One token each half second is `{ tokens: 2, everyMs: 1000 }`. */
  readonly everyMs: number
  /** Most tokens held, and what the bucket starts with. A whole number of at least 1. Default `tokens`. */
  readonly burst?: number
  /**
   * `continuous` (default) adds fractions of a token all the time, as Envoy's newer token bucket does. `stepped` adds
   * `tokens` at the end of each `everyMs`, counted from the first take out of the full bucket.
   */
  readonly fill?: 'continuous' | 'stepped'
}

/** The options with every default filled in and checked. */
export interface CheckedBucket {
  readonly tokens: number
  readonly everyMs: number
  readonly burst: number
  readonly fill: 'continuous' | 'stepped'
}

/** Keys that a keyed limiter remembers unless told otherwise. */
export const defaultMaxKeys = 100_000

/** The largest `maxKeys`. */
export const mostKeys = 16_777_216

/** @throws RangeError naming the option, its value and what would be accepted. */
export function checkBucket(options: BucketOptions): CheckedBucket {
  const { tokens, everyMs, burst = tokens, fill = 'continuous' } = options
  checkWhole('tokens', tokens, 1, Number.MAX_SAFE_INTEGER)
  checkWhole('everyMs', everyMs, 1, Number.MAX_SAFE_INTEGER)
  checkWhole('burst', burst, 1, Number.MAX_SAFE_INTEGER)
  if (fill !== 'continuous' && fill !== 'stepped') {
    throw new RangeError(`fill ${JSON.stringify(fill)} is neither "continuous" nor "stepped"`)
  }
  return { tokens, everyMs, burst, fill }
}

/** @throws RangeError naming the option, its value and what would be accepted. */
export function checkWhole(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return
  throw new RangeError(`${name} ${String(value)} is not a whole number from ${least} to ${most}`)
}

/** A cost is a whole number of tokens. @throws RangeError when it is not: a mistake of the caller, not a refusal. */
export function checkCost(cost: number): void {
  if (!(Number.isSafeInteger(cost) && cost >= 0)) {
    throw new RangeError(`cost ${String(cost)} is not a whole number of tokens of 0 or more`)
  }
}

/** A time is a number of milliseconds, fractions included. @throws RangeError when it is not one, or beyond 2^53 - 1. */
export function checkTime(now: number): void {
  if (!(Math.abs(now) <= Number.MAX_SAFE_INTEGER)) throw new RangeError(`now ${String(now)} is not a time in ms`)
}
