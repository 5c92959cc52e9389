/** All or nothing over several limits. It knows no requests; a limit and the caller's key in it is all it is given. */

import { KeyedLimiter } from './keyed.ts'
import type { TokenBucket } from './token-bucket.ts'

export type Limit = TokenBucket | KeyedLimiter

/** For each limit the key in it. `undefined` leaves a keyed limit out; a `TokenBucket` takes no notice. */
export type Keys = readonly (string | undefined)[]

/** Tokens taken from every limit, or from each its own. */
export type Costs = number | readonly number[]

/** Filled in by `takeAll`, so that one object serves many calls. */
export interface Refusal {
  /** Index of the limit that refuses, the one with the longest wait where several do; -1 when admitted. */
  index: number
  /** Milliseconds until that limit would admit; 0 when admitted, Infinity where the cost is above its `burst`. */
  waitMs: number
}

/**
 * Takes from all limits; where one refuses, nothing is taken anywhere. A limit and key that is listed
 * twice is charged twice or not at all. Allocates nothing.
 *
 * @param costs Default 1 of each.
 * @param refusal Told who refuses and for how long.
 * @returns Whether the tokens were there and are taken.
 */
export function takeAll(
  limits: readonly Limit[],
  keys: Keys,
  now: number,
  costs: Costs = 1,
  refusal?: Refusal,
): boolean {
  for (let at = 0; at < limits.length; at++) {
    const cost = costOf(costs, at)
    if (takeOne(limits[at] as Limit, keys[at], now, cost)) continue
    if (refusal !== undefined) {
      // While the others are taken: a bucket that is listed twice would have room again.
      refusal.index = at
      refusal.waitMs = waitOf(limits[at] as Limit, keys[at], now, cost)
    }
    for (let taken = 0; taken < at; taken++) giveOne(limits[taken] as Limit, keys[taken], now, costOf(costs, taken))
    if (refusal !== undefined) findLongest(limits, keys, now, costs, refusal)
    return false
  }
  if (refusal !== undefined) {
    refusal.index = -1
    refusal.waitMs = 0
  }
  return true
}

/** Of all that refuse, by the wait, and the first of these. `refusal` has one already. */
function findLongest(limits: readonly Limit[], keys: Keys, now: number, costs: Costs, refusal: Refusal): void {
  for (let at = 0; at < limits.length; at++) {
    const wait = waitOf(limits[at] as Limit, keys[at], now, costOf(costs, at))
    if (wait < refusal.waitMs || (wait === refusal.waitMs && at >= refusal.index)) continue
    refusal.waitMs = wait
    refusal.index = at
  }
}

/** Brings back what `takeAll` took, for a request that was never sent. */
export function giveAll(limits: readonly Limit[], keys: Keys, now: number, costs: Costs = 1): void {
  for (let at = 0; at < limits.length; at++) giveOne(limits[at] as Limit, keys[at], now, costOf(costs, at))
}

/** Corrects what was taken (`reserved`) to what it came to (`actual`): gives the rest back, or charges what is missing. */
export function settleAll(limits: readonly Limit[], keys: Keys, now: number, reserved: Costs, actual: Costs): void {
  for (let at = 0; at < limits.length; at++) {
    const surplus = costOf(reserved, at) - costOf(actual, at)
    if (surplus > 0) giveOne(limits[at] as Limit, keys[at], now, surplus)
    else if (surplus < 0) chargeOne(limits[at] as Limit, keys[at], now, -surplus)
  }
}

function costOf(costs: Costs, at: number): number {
  if (typeof costs === 'number') return costs
  return costs[at] ?? 1
}

function waitOf(limit: Limit, key: string | undefined, now: number, cost: number): number {
  if (!(limit instanceof KeyedLimiter)) return limit.waitMs(now, cost)
  return key === undefined ? 0 : limit.waitMs(key, now, cost)
}

function takeOne(limit: Limit, key: string | undefined, now: number, cost: number): boolean {
  if (!(limit instanceof KeyedLimiter)) return limit.take(now, cost)
  return key === undefined || limit.take(key, now, cost)
}

function giveOne(limit: Limit, key: string | undefined, now: number, cost: number): void {
  if (!(limit instanceof KeyedLimiter)) limit.give(now, cost)
  else if (key !== undefined) limit.give(key, now, cost)
}

function chargeOne(limit: Limit, key: string | undefined, now: number, cost: number): void {
  if (!(limit instanceof KeyedLimiter)) limit.charge(now, cost)
  else if (key !== undefined) limit.charge(key, now, cost)
}
