import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compile } from './compile.ts'
import { precedence, sortByPrecedence, standingOf, type Standing, type TieBreak } from './precedence.ts'
import type { Match, Route, Row } from './rule.ts'

const path = (type: 'Exact' | 'PathPrefix' | 'RegularExpression', value: string): Match => ({ path: { type, value } })
const named = (...names: string[]) => names.map((name) => ({ name, value: 'v' }))

interface Given {
  readonly hostname?: string
  readonly match?: Match
  readonly route?: Partial<Route<number>>
  readonly place?: readonly [routeIndex: number, ruleIndex: number, matchIndex: number]
}

function row({
  hostname,
  match = {},
  route = {},
  place: [routeIndex, ruleIndex, matchIndex] = [0, 0, 0],
}: Given): Row<number> {
  const rule = { value: 0 }
  return {
    route: { name: 'r', rules: [], ...route },
    routeIndex,
    rule,
    ruleIndex,
    match,
    matchIndex,
    hostname,
    value: 0,
  }
}

describe('the first row wins over the second', () => {
  test.for<[why: string, by: TieBreak, winner: Given, loser: Given]>([
    ['a host name over a longer wildcard', 'hostname', { hostname: 'a.io' }, { hostname: '*.long.example.com' }],
    ['a longer host name', 'hostname', { hostname: 'aa.io' }, { hostname: 'a.io' }],
    ['a longer wildcard', 'hostname', { hostname: '*.a.io' }, { hostname: '*.io' }],
    ['a wildcard over none', 'hostname', { hostname: '*.io' }, {}],
    ['the host name before the path', 'hostname', { hostname: '*.io' }, { match: path('Exact', '/a') }],
    [
      'an exact path over a pattern',
      'path-type',
      { match: path('Exact', '/') },
      { match: path('RegularExpression', '/abc') },
    ],
    [
      'a pattern over a prefix',
      'path-type',
      { match: path('RegularExpression', '.*') },
      { match: path('PathPrefix', '/abc') },
    ],
    ['no path is a prefix', 'path-type', { match: path('RegularExpression', '.*') }, {}],
    ['a longer prefix', 'path-length', { match: path('PathPrefix', '/ab') }, { match: path('PathPrefix', '/a') }],
    ['no path is the shortest prefix', 'path-length', { match: path('PathPrefix', '/a') }, {}],
    [
      'a longer prefix over any number of headers',
      'path-length',
      { match: path('PathPrefix', '/ab') },
      { match: { ...path('PathPrefix', '/a'), method: 'GET', headers: named('a', 'b', 'c', 'd', 'e') } },
    ],
    ['a method over headers', 'method', { match: { method: 'GET' } }, { match: { headers: named('a', 'b') } }],
    ['more headers', 'headers', { match: { headers: named('a', 'b') } }, { match: { headers: named('a') } }],
    ['headers before query', 'headers', { match: { headers: named('a') } }, { match: { query: named('a', 'b') } }],
    [
      'a header named twice counts once',
      'headers',
      { match: { headers: named('a', 'b') } },
      { match: { headers: named('a', 'A', 'a') } },
    ],
    ['more query parameters', 'query', { match: { query: named('a', 'A') } }, { match: { query: named('a', 'a') } }],
    ['the older route', 'age', { route: { createdAt: 1 }, place: [1, 0, 0] }, { route: { createdAt: 2 } }],
    [
      'age before name',
      'age',
      { route: { createdAt: 1, namespace: 'z' }, place: [1, 0, 0] },
      { route: { createdAt: 2, namespace: 'a' } },
    ],
    ['the name', 'name', { route: { namespace: 'a' }, place: [1, 0, 0] }, { route: { namespace: 'b' } }],
    [
      'the name where one has no age',
      'name',
      { route: { namespace: 'a' }, place: [1, 0, 0] },
      { route: { namespace: 'b', createdAt: 1 } },
    ],
    [
      'the name where ages are equal',
      'name',
      { route: { namespace: 'a', createdAt: 1 }, place: [1, 0, 0] },
      { route: { namespace: 'b', createdAt: 1 } },
    ],
    [
      'the name with its namespace',
      'name',
      { route: { namespace: 'a', name: 'z' }, place: [1, 0, 0] },
      { route: { namespace: 'b', name: 'a' } },
    ],
    [
      'registration where one has no namespace',
      'registration',
      { route: { name: 'z' } },
      { route: { namespace: 'a', name: 'a' }, place: [1, 0, 0] },
    ],
    [
      'registration where an age is no number',
      'registration',
      { route: { createdAt: Number.NaN } },
      { route: { createdAt: 1 }, place: [1, 0, 0] },
    ],
    [
      'registration of equal names',
      'registration',
      { route: { namespace: 'a' } },
      { route: { namespace: 'a' }, place: [1, 0, 0] },
    ],
    ['the earlier rule', 'rule', { place: [0, 0, 1] }, { place: [0, 1, 0] }],
    ['the earlier match', 'match', { place: [0, 0, 0] }, { place: [0, 0, 1] }],
  ])('%s', ([, by, winner, loser]) => {
    expect(precedence(row(winner), row(loser))).toEqual({ order: -1, by })
    expect(precedence(row(loser), row(winner))).toEqual({ order: 1, by })
  })
})

test('the trailing slash of a prefix is not part of its length', () => {
  const slash = row({ match: path('PathPrefix', '/ab/') })
  expect(precedence(slash, row({ match: path('PathPrefix', '/ab') })).order).toBe(0)
  expect(precedence(slash, row({ match: path('PathPrefix', '/abc') }))).toEqual({ order: 1, by: 'path-length' })
})

test('a row and itself are even', () => {
  expect(precedence(row({}), row({}))).toEqual({ order: 0, by: 'match' })
})

const standing = fc
  .record({
    createdAt: fc.option(fc.nat(2), { nil: undefined }),
    namespace: fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined }),
  })
  .map(({ createdAt, namespace }) => ({
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(namespace === undefined ? {} : { namespace }),
  }))
const tied = fc
  .array(standing, { maxLength: 9 })
  .map((routes) => routes.map((route, index) => standingOf(row({ route, place: [index, 0, 0] }))))

const beats = (first: Standing, second: Standing): boolean => precedence(asRow(first), asRow(second)).order < 0

/** Only what decides among rows that are even otherwise. */
function asRow({ createdAt, fullName, routeIndex }: Standing): Row<number> {
  const [namespace, name = 'r'] = fullName?.split('/') ?? []
  return row({
    route: {
      name,
      ...(createdAt === undefined ? {} : { createdAt }),
      ...(namespace === undefined ? {} : { namespace }),
    },
    place: [routeIndex, 0, 0],
  })
}

/** Whether a chain of wins leads from one row to another. */
function reaches(rows: readonly Standing[], from: Standing, to: Standing, seen: Set<Standing> = new Set()): boolean {
  if (from === to) return true
  seen.add(from)
  return rows.some((next) => !seen.has(next) && beats(from, next) && reaches(rows, next, to, seen))
}

test('the order honours each pair that is not part of a cycle, and all neighbours', () => {
  fc.assert(
    fc.property(tied, (rows) => {
      const sorted = sortByPrecedence(rows)
      expect(new Set(sorted)).toEqual(new Set(rows))
      const pairs = sorted.flatMap((first, index) => sorted.slice(index + 1).map((later) => [first, later] as const))
      const broken = pairs.filter(([first, later]) => !beats(first, later))
      // A pair that is against the rule is part of a cycle: a chain of wins leads from the first to the later row too.
      expect(broken.filter(([first, later]) => !reaches(rows, first, later))).toEqual([])
      expect(broken.filter(([first, later]) => sorted[sorted.indexOf(first) + 1] === later)).toEqual([])
    }),
    { numRuns: 1000 },
  )
})

test('a cycle of three routes is broken in the same way each time', () => {
  // Each beats the next: by age, by name, by registration.
  const routes: Route<string>[] = [
    { name: 'c', createdAt: 2, rules: [{ value: 'registered first' }] },
    { name: 'a', namespace: 'b', createdAt: 1, rules: [{ value: 'older' }] },
    { name: 'a', namespace: 'a', rules: [{ value: 'named first' }] },
  ]
  const order = (): string[] => compile(routes).rows.map(({ value }) => value)
  expect(order()).toEqual(order())
  const [first, second, third] = compile(routes).rows
  expect(first && second && precedence(first, second).order).toBe(-1)
  expect(second && third && precedence(second, third).order).toBe(-1)
  expect(first && third && precedence(first, third).order).toBe(1)
})

test('a route that competes with none of them is not drawn into a cycle', () => {
  const rules = [{ value: 0 }]
  const routes: Route<number>[] = [
    { name: 'third', createdAt: 2, hostnames: ['b.io'], rules },
    { name: 'r', namespace: 'b', createdAt: 1, hostnames: ['a.io'], rules },
    { name: 'r', namespace: 'a', hostnames: ['a.io'], rules },
  ]
  expect(
    compile(routes)
      .rows.filter(({ hostname }) => hostname === 'a.io')
      .map(({ routeIndex }) => routeIndex),
  ).toEqual([2, 1])
})
