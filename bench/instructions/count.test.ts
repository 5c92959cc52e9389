/** Work that costs more instructions than it did is seen here, without a clock. Skipped where there is no valgrind. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { instructionsPerCall } from '../ceilings.ts'
import { canCount, Counter } from './count.ts'
import { works } from './work.ts'

const able = await canCount()
let counter: Counter

beforeAll(async () => {
  if (able) counter = await Counter.make()
})
afterAll(() => {
  if (able) counter[Symbol.dispose]()
})

test('every work has a ceiling', () => {
  expect(Object.keys(works).toSorted()).toEqual(Object.keys(instructionsPerCall).toSorted())
})

test.skipIf(!able).for(Object.entries(instructionsPerCall))(
  'the instructions of %s are under their ceiling',
  { timeout: 180_000 },
  async ([work, { most }]) => {
    const counted = await counter.perCall(work)
    expect(counted).toBeLessThanOrEqual(most)
    // A ceiling that is far above is none.
    expect(counted).toBeGreaterThan(most * 0.85)
  },
)
