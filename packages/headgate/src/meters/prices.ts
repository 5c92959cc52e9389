/** What tokens cost, by the name of the model that served them. Arithmetic alone. */

import type { UsageReport } from '../events.ts'

/** For a million tokens, in any one currency. */
export interface TokenPrice {
  readonly input: number
  readonly output: number
  /** Of input that was read from a cache. Default: as other input. */
  readonly cached?: number
}

/** What providers put behind the name of a model: the day that it is of. */
const dayBehind = /[-@]\d{4}-?\d{2}-?\d{2}$/

export class PriceList {
  readonly #byModel: ReadonlyMap<string, TokenPrice>

  /** Throws RangeError for a price that is no finite number, or below 0. */
  constructor(prices: Readonly<Record<string, TokenPrice>>) {
    for (const [model, { input, output, cached = 0 }] of Object.entries(prices)) {
      const wrong = [input, output, cached].find((price) => !(price >= 0 && price < Infinity))
      if (wrong !== undefined)
        throw new RangeError(`the price of "${model}" is ${wrong}: expected a number for a million tokens, 0 or more`)
    }
    this.#byModel = new Map(Object.entries(prices))
  }

  /** Its name in the list: the whole name, or that without the day at its end. Undefined where it has no price. */
  nameOf(model: string | undefined): string | undefined {
    if (model === undefined || this.#byModel.has(model)) return model
    const undated = model.replace(dayBehind, '')
    return this.#byModel.has(undated) ? undated : undefined
  }

  /** `name` as `nameOf` gives it. */
  costOf(name: string, { input = 0, output = 0, cached = 0 }: UsageReport): number {
    const price = this.#byModel.get(name)
    if (price === undefined) return 0
    const fresh = Math.max(0, input - cached)
    return (fresh * price.input + cached * (price.cached ?? price.input) + output * price.output) / 1e6
  }
}
