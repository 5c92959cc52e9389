import { expect, test } from 'vitest'
import { compile } from './compile.ts'
import { MatchError } from './match-error.ts'
import type { Match, Route } from './rule.ts'

const withMatch = (match: Match): Route<number> => ({
  name: 'chat',
  rules: [{ value: 1 }, { value: 2, matches: [{}, match] }],
})

test.for<[code: string, route: Route<number>, message: RegExp]>([
  [
    'INVALID_HOSTNAME',
    { name: 'chat', hostnames: ['A.test'], rules: [] },
    /^route "chat", host name: "A\.test" must be lower case$/,
  ],
  [
    'INVALID_PATH',
    withMatch({ path: { type: 'Exact', value: 'a' } }),
    /^route "chat", rule 1, match 1, path: "a" must start with "\/"$/,
  ],
  ['INVALID_PATH', withMatch({ path: { type: 'PathPrefix', value: '' } }), /path: "" must start/],
  ['INVALID_PATTERN', withMatch({ path: { type: 'RegularExpression', value: '(' } }), /path: "\(" is not a supported/],
  [
    'INVALID_PATTERN',
    withMatch({ headers: [{ type: 'RegularExpression', name: 'a', value: '\\1' }] }),
    /header "a": "\\\\1" is not a supported/,
  ],
  [
    'INVALID_PATTERN',
    withMatch({ query: [{ type: 'RegularExpression', name: 'a', value: '[' }] }),
    /query "a": "\[" is not a supported/,
  ],
  ['INVALID_METHOD', withMatch({ method: '' }), /method: "" must be/],
  ['INVALID_METHOD', withMatch({ method: 'GET,POST' }), /method: "GET,POST" must be/],
  ['INVALID_NAME', withMatch({ headers: [{ name: 'x y', value: '' }] }), /header name: "x y" must be/],
  ['INVALID_NAME', withMatch({ query: [{ name: '', value: '' }] }), /query name: "" must not be empty/],
])('%s is thrown for %j', ([code, route, message]) => {
  const thrown = errorOf(() => compile([{ name: 'fine', rules: [] }, route]))
  expect(MatchError.isInstance(thrown)).toBe(true)
  expect(thrown).toMatchObject({ name: 'MatchError', code, route: 'chat', message: expect.stringMatching(message) })
})

function errorOf(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return error
  }
}

test('an error of another kind is no MatchError', () => {
  for (const other of [new Error('x'), null, undefined, 'INVALID_PATH', {}])
    expect(MatchError.isInstance(other)).toBe(false)
})

test('each match under each host name is a row, the winner first', () => {
  const table = compile([
    {
      name: 'all',
      hostnames: ['*.test', 'a.test', 'a.test'],
      rules: [{ value: 'x', matches: [{}, { method: 'GET' }] }, { value: 'y' }],
    },
  ])
  expect(table.rows.map(({ hostname, ruleIndex, matchIndex }) => [hostname, ruleIndex, matchIndex])).toEqual([
    ['a.test', 0, 1],
    ['a.test', 0, 0],
    ['a.test', 1, 0],
    ['*.test', 0, 1],
    ['*.test', 0, 0],
    ['*.test', 1, 0],
  ])
})

test('nothing that was given is written to or frozen', () => {
  const match: Match = { headers: [{ name: 'A', value: '1' }] }
  const route: Route<object> = { name: 'r', rules: [{ value: {}, matches: [match] }] }
  const copy = structuredClone(route)
  const [row] = compile([route]).rows
  expect(route).toEqual(copy)
  expect(row?.match).toBe(match)
  for (const given of [route, match, route.rules[0]?.value]) expect(Object.isFrozen(given)).toBe(false)
})

test('no routes make a table without rows', () => {
  expect(compile([]).rows).toEqual([])
})
