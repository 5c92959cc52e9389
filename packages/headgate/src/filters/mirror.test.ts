import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MirrorShare } from './mirror.ts'

const order = (numerator: number, denominator: number, count: number): string => {
  const share = new MirrorShare({ numerator, denominator })
  return Array.from({ length: count }, () => (share.next() ? 'x' : '.')).join('')
}

test.for([
  [1, 1, 'xxxx'],
  [0, 1, '....'],
  [0, 100, '....'],
  [1, 2, 'x.x.x.'],
  [1, 3, '.x..x.'],
  [2, 3, 'x.xx.x'],
  [1, 4, '.x...x..'],
  [50, 100, 'x.x.x.'],
  [2_147_483_647, 2_147_483_647, 'xxx'],
] as const)('%i of %i are copied in the order %s', ([numerator, denominator, expected]) => {
  expect(order(numerator, denominator, expected.length)).toBe(expected)
})

test('after any number of requests the copies are at most half a request away from the exact share', () => {
  const fraction = fc
    .oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 2 ** 31 - 1 }))
    .chain((denominator) => fc.tuple(fc.integer({ min: 0, max: denominator }), fc.constant(denominator)))
  fc.assert(
    fc.property(fraction, ([numerator, denominator]) => {
      const share = new MirrorShare({ numerator, denominator })
      let copies = 0
      let farthest = 0
      for (let seen = 1; seen <= 500; seen++) {
        if (share.next()) copies++
        farthest = Math.max(farthest, Math.abs(copies * denominator - seen * numerator))
      }
      expect(farthest * 2).toBeLessThanOrEqual(denominator)
    }),
  )
})

test('each filter has its own order', () => {
  const [first, second] = [
    new MirrorShare({ numerator: 1, denominator: 2 }),
    new MirrorShare({ numerator: 1, denominator: 2 }),
  ]
  expect([first.next(), first.next(), second.next(), first.next()]).toEqual([true, false, true, true])
})

test.for([
  [1, 0, 'denominator 0 is not an integer from 1 to 2147483647'],
  [1, 2 ** 31, 'denominator 2147483648 is not an integer from 1 to 2147483647'],
  [1, 1.5, 'denominator 1.5 is not an integer from 1 to 2147483647'],
  [3, 2, 'numerator 3 is not an integer from 0 to 2'],
  [-1, 2, 'numerator -1 is not an integer from 0 to 2'],
  [Number.NaN, 2, 'numerator NaN is not an integer from 0 to 2'],
] as const)('%d of %d is no share', ([numerator, denominator, message]) => {
  expect(() => new MirrorShare({ numerator, denominator })).toThrow(new RangeError(message))
})
