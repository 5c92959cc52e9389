/** Tokens of replies: their pace and their price. */

import { expect, test } from 'vitest'
import { PriceList } from './prices.ts'
import { TokenMeter } from './token-meter.ts'

test('the time between tokens is that of a stream by the tokens after its first', () => {
  const meter = new TokenMeter(undefined)
  meter.told({ usage: { output: 11 } }, 200)
  const { timePerOutputToken } = meter.read()
  expect(timePerOutputToken).toMatchObject({ count: 1, sum: 0.02 })
  expect(timePerOutputToken.counts.indexOf(1)).toBe(timePerOutputToken.bounds.indexOf(0.025))
})

test.for([
  ['is no stream, or did not come whole', { output: 5 }, undefined],
  ['has one token', { output: 1 }, 10],
  ['has none', { input: 3 }, 10],
] as const)('a reply that %s has no time between tokens', ([, usage, streamMs]) => {
  const meter = new TokenMeter(undefined)
  meter.told({ usage }, streamMs)
  expect(meter.read().timePerOutputToken.count).toBe(0)
})

const prices = new PriceList({
  'gpt-4o': { input: 2.5, output: 10, cached: 1.25 },
  'gpt-4o-mini': { input: 1, output: 2 },
})

test.for([
  ['gpt-4o', 'gpt-4o'],
  ['gpt-4o-2024-08-06', 'gpt-4o'],
  ['gpt-4o-20240806', 'gpt-4o'],
  ['gpt-4o@20240806', 'gpt-4o'],
  ['gpt-4o-mini', 'gpt-4o-mini'],
  ['gpt-4o-mini-2024-07-18', 'gpt-4o-mini'],
  ['gpt-4o-audio', undefined],
  ['gpt-4', undefined],
  ['constructor', undefined],
  [undefined, undefined],
] as const)('%s is priced as %s', ([model, name]) => {
  expect(prices.nameOf(model)).toBe(name)
})

test('cached input has a price of its own, where it has one', () => {
  const usage = { input: 1_000_000, cached: 400_000, output: 100_000 }
  expect(prices.costOf('gpt-4o', usage)).toBeCloseTo(0.6 * 2.5 + 0.4 * 1.25 + 0.1 * 10, 12)
  expect(prices.costOf('gpt-4o-mini', usage)).toBeCloseTo(1 + 0.1 * 2, 12)
})

test('costs are counted by model, and tokens without a price by themselves', () => {
  const meter = new TokenMeter(prices)
  for (const model of ['gpt-4o-2024-08-06', 'gpt-4o']) meter.told({ model, usage: { output: 1_000_000 } }, undefined)
  meter.told({ model: 'own', usage: { input: 30, output: 12, cached: 7 } }, undefined)
  meter.told({ usage: { input: 1 } }, undefined)
  expect(meter.read()).toMatchObject({ costs: [{ model: 'gpt-4o', cost: 20 }], unpriced: 43 })
})

test.for([-1, Number.NaN, Infinity])('a price of %d is refused', (input) => {
  expect(() => new PriceList({ m: { input, output: 1 } })).toThrow(RangeError)
})
