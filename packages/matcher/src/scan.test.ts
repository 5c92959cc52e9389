import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compile } from './compile.ts'
import { match } from './match.ts'
import { precedence } from './precedence.ts'
import type { Facts, Match, PathMatch, Route, ValueMatch } from './rule.ts'
import { missOf, scan } from './scan.ts'

/** Pairs of a table and a request; the nightly run asks for more. */
const pairs = Number(process.env['HEADGATE_FUZZ_RUNS'] ?? 10_000)
const requestsPerTable = 10
/** For the tests that run longer when more is asked for. */
const timeout = Math.max(30_000, pairs * 2)

// Few names and many collisions: most requests meet several rows, and most rows tie with others.
const hosts = ['a.test', 'b.a.test', 'c.b.a.test', 'x.test', 'test', 'aa.test']
const hostnames = [...hosts, '*.test', '*.a.test', '*.b.a.test']
const elements = ['a', 'b', 'ab', 'c']
const headerNames = ['model', 'tenant', '__proto__', 'constructor']
const values = ['1', '2', '3', '4', '5', '6', 'a b', '']
const queryNames = ['q', 'r', '__proto__']
const patterns = ['.*', '/a/.*', '/(a|b)+', '/[^/]*/b', '.*b', '']
const valuePatterns = ['[1-3]', '.*', '1|a b', '[^1]+']

const path = fc.array(fc.constantFrom(...elements), { maxLength: 4 }).map((parts) => `/${parts.join('/')}`)
const slashed = fc.tuple(path, fc.boolean()).map(([text, slash]) => (slash && text !== '/' ? `${text}/` : text))
const pathMatch: fc.Arbitrary<PathMatch> = fc.oneof(
  fc.record({ type: fc.constantFrom('Exact' as const, 'PathPrefix' as const), value: slashed }),
  fc.record({ type: fc.constant('PathPrefix' as const), value: slashed }),
  fc.record({ type: fc.constant('RegularExpression' as const), value: fc.constantFrom(...patterns) }),
)
const valueMatch = (names: readonly string[]): fc.Arbitrary<ValueMatch> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ name: fc.constantFrom(...names), value: fc.constantFrom(...values) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        type: fc.constant('RegularExpression' as const),
        name: fc.constantFrom(...names),
        value: fc.constantFrom(...valuePatterns),
      }),
    },
  )
const matchArbitrary: fc.Arbitrary<Match> = fc.record(
  {
    path: pathMatch,
    method: fc.constantFrom('GET', 'POST'),
    headers: fc.array(valueMatch([...headerNames, 'Model']), { maxLength: 3 }),
    query: fc.array(valueMatch(queryNames), { maxLength: 2 }),
  },
  { requiredKeys: [] },
)

/** Many rows of one shape, so that the values of a header or a parameter are looked up and not compared. */
const family: fc.Arbitrary<readonly Match[]> = fc
  .tuple(pathMatch, fc.constantFrom(...headerNames), fc.constantFrom(...queryNames), fc.boolean())
  .map(([shared, header, parameter, byQuery]) =>
    values.map((value) => ({
      path: shared,
      ...(byQuery ? { query: [{ name: parameter, value }] } : { headers: [{ name: header, value }] }),
    })),
  )
const matches = fc.oneof(
  { weight: 3, arbitrary: fc.array(matchArbitrary, { maxLength: 3 }) },
  { weight: 1, arbitrary: family },
)

const routes: fc.Arbitrary<readonly Route<number>[]> = fc.array(
  fc.record(
    {
      name: fc.constantFrom('r', 's'),
      namespace: fc.constantFrom('n', 'm'),
      createdAt: fc.nat(2),
      hostnames: fc.array(fc.constantFrom(...hostnames), { maxLength: 3 }),
      rules: fc.array(fc.record({ value: fc.nat(), matches }), { maxLength: 3 }),
    },
    { requiredKeys: ['name', 'rules'] },
  ),
  { maxLength: 8 },
)

const headers = fc.array(fc.tuple(fc.constantFrom(...headerNames), fc.constantFrom(...values)), { maxLength: 4 })
const parameter = fc
  .tuple(fc.constantFrom(...queryNames, '%71', 'Q'), fc.constantFrom(...values, '%31', 'a+b', 'a%20b', '%', undefined))
  .map(([name, value]) => (value === undefined ? name : `${name}=${value}`))
const facts: fc.Arbitrary<Facts> = fc
  .record({
    method: fc.constantFrom('GET', 'POST', 'PUT'),
    host: fc.constantFrom(...hosts, '.a.test', '', '*.test'),
    path: fc.oneof(
      { weight: 9, arbitrary: slashed },
      { weight: 1, arbitrary: fc.constantFrom('', '*', '//a', '/a//b') },
    ),
    query: fc.array(parameter, { maxLength: 3 }).map((parameters) => parameters.join('&')),
    headers,
  })
  .map(({ headers: fields, ...rest }) => {
    const map = new Map(fields)
    return { ...rest, header: (name) => map.get(name) }
  })

test('the index answers what the scan answers', { timeout }, () => {
  let met = 0
  fc.assert(
    fc.property(
      routes,
      fc.array(facts, { minLength: requestsPerTable, maxLength: requestsPerTable }),
      (given, requests) => {
        const table = compile(given)
        for (const each of requests) {
          const row = match(table, each)
          expect(row).toBe(scan(table, each))
          if (row !== undefined) met++
        }
      },
    ),
    { numRuns: Math.ceil(pairs / requestsPerTable) },
  )
  // The generators are of use only while they collide.
  expect(met).toBeGreaterThan(pairs / 4)
})

test('the winner beats every other row that is met', () => {
  // Without times and namespaces the order is total, and the sort has no cycle to break.
  const plain = routes.map((list) =>
    list.map(({ name, hostnames: names = [], rules }) => ({ name, hostnames: names, rules })),
  )
  fc.assert(
    fc.property(plain, facts, (given, each) => {
      const table = compile(given)
      const { patterns: compiled } = table as typeof table & { patterns: Parameters<typeof missOf>[2] }
      const winner = match(table, each)
      for (const row of table.rows) {
        if (row === winner || missOf(row, each, compiled) !== undefined) continue
        expect(winner === undefined ? 1 : precedence(winner, row).order).toBe(-1)
      }
    }),
    { numRuns: 1000 },
  )
})
