/** One cookie out of a field as callers write it. */

import { expect, test } from 'vitest'
import { cookieValue } from './cookie.ts'

test.for<[string, string | undefined]>([
  ['', undefined],
  ['a=1', '1'],
  ['b=2; a=1; c=3', '1'],
  ['b=2;a=1', '1'],
  ['a=1; a=2', '1'],
  ['a=', ''],
  ['a = x ', 'x'],
  ['aa=1; ba=2', undefined],
  ['A=1', undefined],
  ['a', undefined],
  ['a; b=a=1', undefined],
  ['x; a=1', '1'],
  ['a=1=2', '1=2'],
  [';;a=1', '1'],
])('in %j the cookie a is %j', ([field, value]) => {
  expect(cookieValue(field, 'a')).toBe(value)
})
