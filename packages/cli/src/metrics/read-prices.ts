/** `--metrics-prices FILE`: JSON with what a million tokens of each model cost. */

import { readFileSync } from 'node:fs'
import type { TokenPrice } from 'headgate'

export type Prices = Readonly<Record<string, TokenPrice>>

const expected = 'expected such as {"gpt-4o": {"input": 2.5, "output": 10, "cached": 1.25}}'

/** Throws an Error that says what is wrong, and where. */
export function readPrices(file: string): Prices {
  const prices = parse(file)
  if (!isObject(prices)) throw new Error(`--metrics-prices ${file}: ${expected}`)
  for (const [model, price] of Object.entries(prices)) {
    const problem = problemOf(price)
    if (problem !== undefined) throw new Error(`--metrics-prices ${file}: ${JSON.stringify(model)}: ${problem}`)
  }
  return prices as Prices
}

function parse(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new Error(`--metrics-prices ${file}: it cannot be read as JSON; ${expected}`, { cause: error })
  }
}

function problemOf(price: unknown): string | undefined {
  if (!isObject(price)) return expected
  const unknown = Object.keys(price).find((name) => !['input', 'output', 'cached'].includes(name))
  if (unknown !== undefined) return `unknown key "${unknown}"; expected input, output, cached`
  const wrong = (['input', 'output', 'cached'] as const).find((name) => !isPrice(price[name], name === 'cached'))
  return wrong && `${wrong} is ${JSON.stringify(price[wrong])}; expected a number for a million tokens, 0 or more`
}

function isPrice(value: unknown, optional: boolean): boolean {
  return value === undefined ? optional : typeof value === 'number' && value >= 0 && value < Infinity
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
