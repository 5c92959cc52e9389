/** All meters of a gateway by what they stand for. They live as long as it does; a table only holds references. */

import { BackendMeter } from './backend-meter.ts'
import { Buckets } from './histogram.ts'
import { LimitMeter } from './limit-meter.ts'
import { PriceList } from './prices.ts'
import type { TokenPrice } from './prices.ts'
import { RuleMeter } from './rule-meter.ts'
import { TokenMeter } from './token-meter.ts'

interface Meter {
  table: number
  held: boolean
}

export class Meters {
  /** Of durations. */
  readonly buckets: Buckets
  /** Requests that no route took. */
  readonly unrouted: RuleMeter
  /** Reloads that took effect, changes of weights among them. */
  reloads = 0
  /** Reloads that were refused. */
  refusedReloads = 0
  readonly #rules = new Map<string, RuleMeter>()
  readonly #backends = new Map<string, BackendMeter>()
  readonly #limits = new Map<string, LimitMeter>()
  #table = 0
  #countsTokens = false
  #prices: PriceList | undefined
  #keepsExemplars = false

  /** Throws RangeError for buckets that are not finite numbers above 0 in rising order. */
  constructor(buckets: readonly number[]) {
    this.buckets = new Buckets(buckets)
    this.unrouted = new RuleMeter('', '', this.buckets)
  }

  get rules(): Iterable<RuleMeter> {
    return this.#rules.values()
  }

  get backends(): Iterable<BackendMeter> {
    return this.#backends.values()
  }

  get limits(): Iterable<LimitMeter> {
    return this.#limits.values()
  }

  /** From now on, for all backends. */
  countTokens(): void {
    this.#countsTokens = true
    for (const meter of this.#backends.values()) this.#countTokensOf(meter)
  }

  /** From now on, with these prices. Counts tokens as well. Throws RangeError for a bad price. */
  price(prices: Readonly<Record<string, TokenPrice>>): void {
    this.#prices = new PriceList(prices)
    this.countTokens()
  }

  /** From now on, for all rules and backends. */
  keepExemplars(): void {
    this.#keepsExemplars = true
    for (const meter of [...this.#rules.values(), ...this.#backends.values()]) meter.keepExemplars()
  }

  #countTokensOf(meter: BackendMeter): void {
    meter.tokens ??= new TokenMeter(this.#prices)
    meter.tokens.prices = this.#prices
  }

  rule(route: string, rule: string): RuleMeter {
    const meter = this.#use(this.#rules, `${route}\n${rule}`, () => new RuleMeter(route, rule, this.buckets))
    if (this.#keepsExemplars) meter.keepExemplars()
    return meter
  }

  backend(name: string): BackendMeter {
    const meter = this.#use(this.#backends, name, () => new BackendMeter(name, this.buckets))
    if (this.#countsTokens) this.#countTokensOf(meter)
    if (this.#keepsExemplars) meter.keepExemplars()
    return meter
  }

  limit(name: string): LimitMeter {
    return this.#use(this.#limits, name, () => new LimitMeter(name))
  }

  /** A table begins: what it has is asked for until `endTable`. */
  beginTable(): void {
    this.#table++
  }

  /**
   * What the table did not ask for is kept while it is held and once more, so that its last requests are still told, and gone
   * after the next one: names that come and go do not pile up.
   */
  endTable(): void {
    for (const meters of [this.#rules, this.#backends, this.#limits]) {
      for (const [key, meter] of meters) {
        if (meter.held) meter.table = this.#table
        meter.held = false
        if (meter.table < this.#table - 1) meters.delete(key)
      }
    }
  }

  #use<One extends Meter>(meters: Map<string, One>, key: string, make: () => One): One {
    const found = meters.get(key) ?? make()
    found.table = this.#table
    meters.set(key, found)
    return found
  }
}
