import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readPrices } from './read-prices.ts'

let folder = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'headgate-prices-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function read(text: string): unknown {
  const file = join(folder, 'prices.json')
  writeFileSync(file, text)
  return readPrices(file)
}

test('prices by model', () => {
  const prices = { 'gpt-4o': { input: 2.5, output: 10, cached: 1.25 }, free: { input: 0, output: 0 } }
  expect(read(JSON.stringify(prices))).toEqual(prices)
})

test.for([
  ['{', 'it cannot be read as JSON'],
  ['[]', 'expected such as {"gpt-4o"'],
  ['{"m": 3}', '"m": expected such as'],
  ['{"m": {"input": 1}}', '"m": output is undefined; expected a number'],
  ['{"m": {"input": -1, "output": 1}}', '"m": input is -1; expected a number'],
  ['{"m": {"input": "1", "output": 1}}', '"m": input is "1"; expected a number'],
  ['{"m": {"input": 1e999, "output": 1}}', '"m": input is null; expected a number'],
  ['{"m": {"input": 1, "output": 1, "cached": null}}', '"m": cached is null; expected a number'],
  ['{"m": {"input": 1, "output": 1, "outputs": 1}}', '"m": unknown key "outputs"; expected input, output, cached'],
])('%s is refused', ([text = '', problem]) => {
  expect(() => read(text)).toThrow(problem)
})

test('a file that is not there is refused by its name', () => {
  expect(() => readPrices(join(folder, 'nowhere'))).toThrow(/nowhere: it cannot be read/)
})
