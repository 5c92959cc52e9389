import { expect, test } from 'vitest'
import { coversHostname } from './covers.ts'

test.for([
  ['a.test', 'a.test', true],
  ['a.test', 'b.test', false],
  ['a.test', 'x.a.test', false],
  ['*.a.test', 'x.a.test', true],
  ['*.a.test', 'y.x.a.test', true],
  ['*.a.test', '*.a.test', true],
  ['*.a.test', '*.x.a.test', true],
  ['*.x.a.test', '*.a.test', false],
  ['*.a.test', 'a.test', false],
  ['*.a.test', 'xa.test', false],
  ['*.a.test', '.a.test', false],
  ['*.a.test', '*.b.test', false],
  ['a.test', '*.a.test', false],
  ['x.a.test', '*.a.test', false],
] as const)('%s covers %s: %s', ([wider, narrower, expected]) => {
  expect(coversHostname(wider, narrower)).toBe(expected)
})
