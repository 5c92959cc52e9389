// Runs on its own: a process with nothing but an endpoint in it, which ends when nothing is left to be waited for.

import { mock } from 'node:test'
import { Attempt, ClockWheel, Endpoint } from '../../src/index.ts'
import { noClocks } from './collector.ts'

const [, , url = ''] = process.argv

// Time stands still but for `tick`.
mock.timers.enable({ apis: ['setInterval'] })
const endpoint = new Endpoint(url, new ClockWheel())
let asked = 0

function ask(): void {
  asked++
  const attempt = new Attempt(endpoint, endpoint.wheel, noClocks, {
    attemptHead: () => {},
    attemptData: (_attempt, chunk) => process.stdout.write(chunk),
    attemptEnded: () => {
      setImmediate(again)
    },
    attemptFailed: (_attempt, { kind }) => process.stdout.write(kind),
  })
  attempt.start('GET', `/${asked}`, ['host', 'model.test'], null)
}

/** Twice: once on a new connection, and once on that which the process did not wait for any more. */
function again(): void {
  mock.timers.tick(500)
  if (asked < 2) ask()
}

ask()
