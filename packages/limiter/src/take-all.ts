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
 * Checks all limits, then takes from all; where one refuses, nothing is taken anywhere. A limit and key that is listed
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
  let index = -1
  let waitMs = 0
  for (let at = 0; at < limits.length; at++) {
    const wait = waitOf(limits[at] as Limit, keys[at], now, costOf(costs, at))
    if (wait > waitMs) {
      waitMs = wait
      index = at
    }
  }
  // A take can still fail after a good check when the same bucket is listed twice.
  for (let at = 0; index < 0 && at < limits.length; at++) {
    const limit = limits[at] as Limit
    const cost = costOf(costs, at)
    if (takeOne(limit, keys[at], now, cost)) continue
    index = at
    waitMs = waitOf(limit, keys[at], now, cost)
    for (let taken = 0; taken < at; taken++) giveOne(limits[taken] as Limit, keys[taken], now, costOf(costs, taken))
  }
  if (refusal !== undefined) {
    refusal.index = index
    refusal.waitMs = waitMs
  }
  return index < 0
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
