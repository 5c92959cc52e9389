import { expect, test } from 'vitest'
import type { AttemptFailure, FailureKind } from './attempt-types.ts'
import { compileConditions, conditionNames, failureMeets, isBackendFailure, responseMeets } from './outcome.ts'

const statuses = [200, 400, 404, 409, 429, 499, 500, 502, 503, 504, 599]

test.for([
  ['5xx', [500, 502, 503, 504, 599]],
  ['gateway-error', [502, 503, 504]],
  ['reset', []],
  ['reset-before-request', []],
  ['connect-failure', []],
  ['refused-stream', []],
  ['retriable-4xx', [409]],
  ['rate-limited', [429]],
  [404, [404]],
] as const)('%s is met by the statuses %j', ([condition, expected]) => {
  const set = compileConditions([condition])
  expect(statuses.filter((status) => responseMeets(set, status))).toEqual(expected)
})

function failure(kind: FailureKind, sent = true): AttemptFailure {
  return { kind, sent, headSeen: false }
}

const unsent = failure('connect-failure', false)
const unsentReset = failure('reset', false)
const refused = failure('refused-stream', false)
const broken = [failure('reset'), failure('bad-response'), failure('timeout')]
const all = [unsent, unsentReset, refused, ...broken]

test.for([
  ['5xx', all],
  ['gateway-error', all],
  ['reset', all],
  ['reset-before-request', [unsent, unsentReset, refused]],
  ['connect-failure', [unsent]],
  ['refused-stream', [refused]],
  ['retriable-4xx', []],
  ['rate-limited', []],
  [503, []],
] as const)('%s is met by the right failures', ([condition, expected]) => {
  const set = compileConditions([condition])
  expect(all.filter((each) => failureMeets(set, each))).toEqual(expected)
})

test('nothing is met by what says nothing about the backend, or by an expired request', () => {
  const set = compileConditions(conditionNames)
  for (const kind of ['cancelled', 'upload-failed', 'bad-request'] as const) {
    expect(failureMeets(set, failure(kind, false))).toBe(false)
  }
  expect(failureMeets(set, { ...failure('timeout'), clock: 'request' })).toBe(false)
  expect(failureMeets(set, { ...failure('timeout'), clock: 'backend' })).toBe(true)
})

test('conditions add up', () => {
  const set = compileConditions(['connect-failure', 'rate-limited', 418])
  expect([responseMeets(set, 429), responseMeets(set, 418), responseMeets(set, 500)]).toEqual([true, true, false])
  expect([failureMeets(set, unsent), failureMeets(set, unsentReset)]).toEqual([true, false])
  expect(responseMeets(compileConditions([]), 500)).toBe(false)
})

test.for([
  [200, false],
  [404, false],
  [429, false],
  [500, true],
  [503, true],
  [failure('connect-failure', false), true],
  [failure('reset'), true],
  [failure('refused-stream', false), true],
  [failure('bad-response'), true],
  [failure('timeout'), true],
  [failure('cancelled'), false],
  [failure('upload-failed'), false],
  [failure('bad-request', false), false],
] as const)('%j is a failure of the backend: %s', ([outcome, expected]) => {
  expect(isBackendFailure(outcome)).toBe(expected)
})

test('an unknown name and a code outside the range are refused', () => {
  expect(() => compileConditions(['resets'])).toThrow(TypeError)
  expect(() => compileConditions(['toString'])).toThrow(TypeError)
  for (const code of [99, 600, 500.5, Number.NaN]) expect(() => compileConditions([code])).toThrow(RangeError)
})
