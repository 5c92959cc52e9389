/** The example runs, prints what it should, and ends by itself. */

import { expect, test } from 'vitest'
import { runExample } from '../run-example.ts'

const hello = '"reserve says hello"'

test('the example runs to its end', async () => {
  expect(await runExample(import.meta.dirname)).toEqual([
    `an error: ${hello} (primary 200 error-event, reserve 200 ok)`,
    `nothing: ${hello} (primary 200 empty, reserve 200 ok)`,
    `only pings: ${hello} (primary 200 timeout, reserve 200 ok)`,
    `a cut before the first word: ${hello} (primary 200 reset, reserve 200 ok)`,
    'a cut after it: "primary", then The backend broke the connection. (primary 200 reset)',
  ])
})
