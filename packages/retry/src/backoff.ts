/** How long to wait before a repeat. Pure arithmetic: it knows no clock and draws chance only from its argument. */

/** The shape of the waits between tries. */
export interface BackoffOptions {
  /**
   * `full-jitter` draws from zero upwards (Envoy `retry_back_off`); `minimum` never waits less than `baseMs`
   * (Gateway API `HTTPRouteRetry.backoff`). Default `full-jitter`.
   */
  readonly type?: 'full-jitter' | 'minimum'
  /** What the waits grow from, in ms. Default 25. */
  readonly baseMs?: number
  /** Bound of every wait, in ms. Default 10 times `baseMs`. With `minimum`, one below `baseMs` counts as `baseMs`. */
  readonly maxMs?: number
}

const defaultBaseMs = 25

/** Defaults to `defaultBaseMs * maxFactor`, as Envoy's `max_interval`. */
const maxFactor = 10

/** The longest delay that a timer can hold. Keeps every product below finite, whatever the bounds are. */
const longestMs = 2 ** 31 - 1

/** Beyond this many doublings even a base of 1e-6 ms is past the longest wait. */
const mostDoublings = 60

/** `minimum` may be this much late at the first repeat: the field promises a retry after "approximately" its value. */
const firstSpread = 1.25

/** The part of every wait that chance cannot shorten, in ms: `baseMs` with `minimum`, otherwise 0. */
export function leastMs(options: BackoffOptions): number {
  return options.type === 'minimum' ? bounded(options.baseMs ?? defaultBaseMs) : 0
}

/**
 * Wait in ms before repeat number `repeat` (1 is the first repeat, that is the second try).
 *
 * Finite and never negative for any `repeat`, any options and any `random`; a `repeat` below 1 counts as 1.
 */
export function backoffMs(repeat: number, options: BackoffOptions, random: () => number): number {
  const baseMs = options.baseMs ?? defaultBaseMs
  const maxMs = options.maxMs ?? baseMs * maxFactor
  return options.type === 'minimum'
    ? minimumBackoff(repeat, baseMs, maxMs, random)
    : fullJitter(repeat, baseMs, maxMs, random)
}

/** Uniform in [0, min((2^repeat - 1) x baseMs, maxMs)), in ms, as Envoy's jittered exponential back-off. */
export function fullJitter(repeat: number, baseMs: number, maxMs: number, random: () => number): number {
  const ceiling = Math.min(bounded((2 ** doublings(repeat) - 1) * baseMs), bounded(maxMs))
  return ceiling * share(random)
}

/**
 * Uniform in [baseMs, min(1.25 x 2^(repeat - 1) x baseMs, maxMs)), in ms: never before the minimum of Gateway API's
 * `retry.backoff`, close to it at the first repeat, spread wider at each later one.
 */
export function minimumBackoff(repeat: number, baseMs: number, maxMs: number, random: () => number): number {
  const least = bounded(baseMs)
  const ceiling = Math.min(bounded(firstSpread * 2 ** (doublings(repeat) - 1) * baseMs), bounded(maxMs))
  return ceiling > least ? least + (ceiling - least) * share(random) : least
}

function doublings(repeat: number): number {
  return repeat > 1 ? Math.min(repeat, mostDoublings) : 1
}

/** Into [0, longestMs]; what is not a number counts as 0. */
function bounded(ms: number): number {
  return ms > 0 ? Math.min(ms, longestMs) : 0
}

/** A random source that misbehaves must not make a wait negative, endless or NaN. */
function share(random: () => number): number {
  const drawn = random()
  return drawn > 0 ? Math.min(drawn, 1) : 0
}
