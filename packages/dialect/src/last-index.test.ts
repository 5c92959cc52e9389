/** Searches from the end, against those of Buffer. */

import fc from 'fast-check'
import { expect, test } from 'vitest'

import { lastIndexOf, searchFor } from './last-index.ts'

test('the last place is that of Buffer.lastIndexOf', () => {
  const few = fc.array(fc.constantFrom('"', 'u', 'ab'), { maxLength: 40 }).map((parts) => parts.join(''))
  const sought = fc.array(fc.constantFrom('"', 'u', 'a', 'b'), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(few, sought, fc.nat(50), (text, parts, before) => {
      const body = Buffer.from(text)
      const bytes = Buffer.from(parts.join(''))
      expect(lastIndexOf(body, searchFor(bytes), Math.min(before, body.length))).toBe(
        body.subarray(0, before).lastIndexOf(bytes),
      )
    }),
    { numRuns: 2000 },
  )
})
