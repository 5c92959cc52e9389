import { expect, test } from 'vitest'
import { dueClock, firstAlarmMs } from './attempt-clocks.ts'

const off = { headersMs: 0, idleMs: 0, backendMs: 0 }
const all = { headersMs: 30, idleMs: 20, backendMs: 40 }
const start = { connectMs: 10, connecting: true, headSeen: false, elapsedMs: 0, silentMs: 0 }

test.for([
  [off, 0, Infinity],
  [off, 10, 10],
  [all, 0, 20],
  [all, 10, 10],
  [{ ...off, backendMs: 5 }, 10, 5],
] as const)('the first alarm of %j with %d to connect is in %d ms', ([clocks, connectMs, expected]) => {
  expect(firstAlarmMs(clocks, connectMs)).toBe(expected)
})

test.for([
  ['nothing runs', off, { ...start, connectMs: 0 }, Infinity],
  ['the time to connect is left', off, { ...start, elapsedMs: 4 }, 6],
  ['it is up', off, { ...start, elapsedMs: 10 }, 'connect'],
  ['the connection is there', off, { ...start, connecting: false, elapsedMs: 10 }, Infinity],
  ['the head is late', all, { ...start, connecting: false, elapsedMs: 30 }, 'headers'],
  ['the head is there', all, { ...start, connecting: false, headSeen: true, elapsedMs: 30 }, 10],
  ['the reply is long', all, { ...start, connecting: false, headSeen: true, elapsedMs: 40 }, 'backend'],
  ['nothing moves', all, { ...start, connecting: false, headSeen: true, elapsedMs: 25, silentMs: 20 }, 'idle'],
  ['something moved', all, { ...start, connecting: false, headSeen: true, elapsedMs: 25, silentMs: 15 }, 5],
] as const)('when %s the answer is right', ([, clocks, facts, expected]) => {
  expect(dueClock(clocks, facts)).toBe(expected)
})
