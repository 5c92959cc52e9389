/** The tokens of one backend's replies: how many, how quick, how dear. It is there only where they are counted. */

import type { UsageReport } from '../events.ts'
import { Buckets, DurationHistogram } from './histogram.ts'
import type { HistogramReading } from './histogram.ts'
import type { PriceList } from './prices.ts'

/** As OpenTelemetry advises for `gen_ai.server.time_per_output_token`. */
const perTokenBuckets = new Buckets([0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5])

/** What the tokens of one model cost so far. */
export interface ModelCost {
  /** By its name in the list of prices. */
  readonly model: string
  /** In the currency of the prices. */
  readonly cost: number
}

/** As the backend counts them, where it says so. */
export interface TokenReading {
  readonly input: number
  readonly output: number
  /** A part of `input`. */
  readonly cached: number
  /** Between two tokens, on average over each stream that came whole. */
  readonly timePerOutputToken: HistogramReading
  /** Absent without prices. */
  readonly costs?: readonly ModelCost[]
  /** Input and output of models without a price; absent without prices. */
  readonly unpriced?: number
}

/** What a reply said of itself. */
export interface ToldTokens {
  readonly model?: string
  readonly usage?: UsageReport
}

export class TokenMeter {
  prices: PriceList | undefined
  readonly #perToken = new DurationHistogram(perTokenBuckets)
  readonly #costs = new Map<string, number>()
  #input = 0
  #output = 0
  #cached = 0
  #unpriced = 0

  constructor(prices: PriceList | undefined) {
    this.prices = prices
  }

  /** `streamMs`: from the first event that says something to the end of a stream that came whole; undefined for other replies. */
  told({ model, usage }: ToldTokens, streamMs: number | undefined): void {
    if (usage === undefined) return
    const { input = 0, output = 0, cached = 0 } = usage
    this.#input += input
    this.#output += output
    this.#cached += cached
    // The first token is the one that the others are counted from.
    if (streamMs !== undefined && output > 1) this.#perToken.observe(streamMs / (output - 1))
    if (this.prices !== undefined) this.#charge(this.prices, model, usage)
  }

  #charge(prices: PriceList, model: string | undefined, usage: UsageReport): void {
    const name = prices.nameOf(model)
    if (name === undefined) this.#unpriced += (usage.input ?? 0) + (usage.output ?? 0)
    else this.#costs.set(name, (this.#costs.get(name) ?? 0) + prices.costOf(name, usage))
  }

  read(): TokenReading {
    const costs = Array.from(this.#costs, ([model, cost]) => ({ model, cost }))
    return {
      input: this.#input,
      output: this.#output,
      cached: this.#cached,
      timePerOutputToken: this.#perToken.read(),
      ...(this.prices === undefined ? {} : { costs, unpriced: this.#unpriced }),
    }
  }
}
