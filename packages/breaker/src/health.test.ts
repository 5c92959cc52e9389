/** Results in a row, as tables and against a plain reading of them. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Health } from './health.ts'

test.for<[string, string, string]>([
  ['nothing yet', '', 'unknown'],
  ['the first success decides', '+', 'healthy'],
  ['the first failure decides', '-', 'unhealthy'],
  ['two failures are not three', '+--', 'healthy'],
  ['three failures in a row', '+---', 'unhealthy'],
  ['a success in between starts again', '+--+--', 'healthy'],
  ['one success is not two', '-+', 'unhealthy'],
  ['two successes in a row', '-++', 'healthy'],
  ['a failure in between starts again', '-+-+', 'unhealthy'],
])('%s: %s is %s', ([, results, kind]) => {
  const health = new Health()
  for (const result of results) health.result(result === '+')
  expect(health.kind).toBe(kind)
})

test('changes exactly where a whole row speaks against it', () => {
  const input = fc.tuple(fc.array(fc.boolean()), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }))
  fc.assert(
    fc.property(input, ([results, healthy, unhealthy]) => {
      const health = new Health({ healthy, unhealthy })
      let kind: boolean | undefined
      for (const [at, result] of results.entries()) {
        const row = results.slice(0, at + 1).reverse()
        const length = row.findIndex((one) => one !== result)
        const inRow = length === -1 ? row.length : length
        const changes = kind === undefined || (kind !== result && inRow >= (result ? healthy : unhealthy))
        expect(health.result(result)).toBe(changes)
        if (changes) kind = result
        expect(health.kind).toBe(kind === true ? 'healthy' : 'unhealthy')
      }
    }),
  )
})

test.for([0, -1, 1.5])('a threshold of %d is refused', (threshold) => {
  expect(() => new Health({ healthy: threshold })).toThrow(RangeError)
  expect(() => new Health({ unhealthy: threshold })).toThrow(RangeError)
})
