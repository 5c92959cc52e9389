/** The oracle itself, as a table: late answers and abandoned probes included. */

import { expect, test } from 'vitest'
import { initial, next } from './oracle.ts'
import type { BreakerEvent, BreakerState } from './oracle.ts'

const events: [string, BreakerEvent[], Partial<BreakerState>][] = [
  ['stays closed below the threshold', [failure(1, 1)], { kind: 'closed', failures: 1 }],
  ['starts the count again at a success', [failure(1, 1), answer('success', 2, 2)], { kind: 'closed', failures: 0 }],
  ['opens at the threshold', opened(), { kind: 'open', since: 10 }],
  ['refuses until the last millisecond', [...opened(), ask(1009)], { kind: 'open', since: 10 }],
  ['probes when the time is over', [...opened(), ask(1010)], { kind: 'half-open', inFlight: 1, succeeded: 0 }],
  ['lets out no more probes than it needs', [...opened(), ask(1010), ask(1011), ask(1012)], { inFlight: 2 }],
  ['ignores a late failure while probing', [...opened(), ask(1010), failure(1100, 5)], { kind: 'half-open' }],
  ['opens at a failed probe', [...opened(), ask(1010), failure(1020, 1010)], { kind: 'open', since: 1020 }],
  ['frees the place of an abandoned probe', [...opened(), ask(1010), answer('abandoned', 1011, 1010)], { inFlight: 0 }],
  [
    'closes when every probe succeeded',
    [...opened(), ask(1010), ask(1010), answer('success', 1011, 1010), answer('success', 1012, 1010)],
    { kind: 'closed', since: 1012, failures: 0 },
  ],
]

test.for(events)('the oracle %s', ([, sequence, expected]) => {
  const options = { failures: 2, openMs: 1_000, probes: 2 }
  const state = sequence.reduce<BreakerState>((current, event) => next(current, event, options), initial)
  expect(state).toMatchObject(expected)
})

function ask(now: number): BreakerEvent {
  return { type: 'ask', now }
}

function answer(type: 'success' | 'failure' | 'abandoned', now: number, sentAt: number): BreakerEvent {
  return { type, now, sentAt }
}

function failure(now: number, sentAt: number): BreakerEvent {
  return answer('failure', now, sentAt)
}

function opened(): BreakerEvent[] {
  return [failure(9, 9), failure(10, 10)]
}
