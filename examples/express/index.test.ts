/** The example runs, prints what it should, and ends by itself. */

import { expect, test } from 'vitest'
import { expectedLines, runExample } from '../run-example.ts'

test('the example runs to its end', async () => {
  expect(await runExample(import.meta.dirname)).toEqual(expectedLines)
})
