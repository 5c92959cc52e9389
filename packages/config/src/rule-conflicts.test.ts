/** Filters that cannot stand together in a rule. */

import { expect, test } from 'vitest'

import { ruleConflicts } from './rule-conflicts.ts'
import type { FilterConfig } from './types-filters.ts'
import type { MatchConfig } from './types-routes.ts'

const redirect: FilterConfig = { type: 'RequestRedirect', statusCode: 302 }
const rewrite: FilterConfig = { type: 'URLRewrite', hostname: 'a.example.com' }
const full: FilterConfig = { type: 'URLRewrite', path: { type: 'ReplaceFullPath', value: '/x' } }
const prefix: FilterConfig = { type: 'URLRewrite', path: { type: 'ReplacePrefixMatch', value: '' } }
const redirectPrefix: FilterConfig = { ...redirect, path: { type: 'ReplacePrefixMatch', value: '/x' } }
const mirror: FilterConfig = { type: 'RequestMirror', backend: 'a', numerator: 1, denominator: 1 }
const headers: FilterConfig = { type: 'RequestHeaderModifier', remove: ['x'] }
const unresolved: FilterConfig = { type: 'Unresolved', reason: 'no such filter' }
const cors: FilterConfig = {
  type: 'CORS',
  allowOrigins: ['*'],
  allowMethods: [],
  allowHeaders: [],
  exposeHeaders: [],
  allowCredentials: false,
  maxAge: 5,
}

interface Parts {
  readonly kind?: 'HTTP' | 'GRPC'
  readonly matches?: readonly MatchConfig[]
  readonly filters?: readonly FilterConfig[]
  /** The filters of each entry of the split. */
  readonly split?: readonly (readonly FilterConfig[])[]
}

const toPrefix: MatchConfig = { path: { type: 'PathPrefix', value: '/v1' } }
const toPath: MatchConfig = { path: { type: 'Exact', value: '/v1' } }
const toPattern: MatchConfig = { path: { type: 'RegularExpression', value: '/v[0-9]' } }

const another = 'this list has another filter of this type'
const either = 'what is redirected is not rewritten'
const noPrefix = 'a match of this rule has no prefix that could be replaced'
const early = 'it answers before a backend is chosen'

test.for<[string, Parts, readonly string[]]>([
  ['nothing', {}, []],
  ['one of each', { filters: [rewrite, cors, mirror, headers], split: [[headers], []] }, []],
  ['several mirrors and modifiers', { filters: [mirror, mirror, headers, headers], split: [[mirror, mirror]] }, []],
  ['an unknown filter beside others', { filters: [unresolved, unresolved, rewrite], split: [[]] }, []],
  ['two redirects', { filters: [redirect, redirect] }, [`filters.1.type: ${another}`]],
  [
    'two rewrites',
    { filters: [rewrite, full], split: [[rewrite, headers, full]] },
    [`filters.1.type: ${another}`, `backends.0.filters.2.type: ${another}`],
  ],
  ['a rewrite of the rule and one of the backend', { filters: [rewrite], split: [[full], [full]] }, []],
  ['two CORS filters', { filters: [cors, mirror, cors], split: [[]] }, [`filters.2.type: ${another}`]],
  ['a redirect and a rewrite', { filters: [redirect, headers, rewrite] }, [`filters.2.type: ${either}`]],
  ['a rewrite and a redirect', { filters: [rewrite, redirect] }, [`filters.1.type: ${either}`]],
  [
    'a redirect and backends',
    { filters: [redirect], split: [[]] },
    ['filters.0.type: every request of this rule is redirected, so none can reach its backends'],
  ],
  [
    'a redirect of gRPC',
    { kind: 'GRPC', filters: [headers, redirect] },
    ['filters.1.type: gRPC callers follow no redirect'],
  ],
  ['a rewrite of gRPC', { kind: 'GRPC', filters: [rewrite], split: [[]] }, []],
  ['a prefix without matches', { filters: [prefix], split: [[]] }, []],
  ['a prefix with prefixes', { filters: [prefix], matches: [toPrefix, { method: 'GET' }], split: [[prefix]] }, []],
  [
    'a prefix with an exact path',
    { filters: [prefix], matches: [toPrefix, toPath], split: [[]] },
    [`filters.0.path.type: ${noPrefix}`],
  ],
  [
    'a prefix of a redirect with a pattern',
    { filters: [redirectPrefix], matches: [toPattern] },
    [`filters.0.path.type: ${noPrefix}`],
  ],
  [
    'a prefix of a backend with an exact path',
    { matches: [toPath], split: [[], [headers, prefix]] },
    [`backends.1.filters.1.path.type: ${noPrefix}`],
  ],
  ['a whole path with an exact path', { filters: [full], matches: [toPath], split: [[]] }, []],
  [
    'answering filters of a backend',
    { split: [[redirect, cors, unresolved]] },
    [
      `backends.0.filters.0.type: ${early}`,
      `backends.0.filters.1.type: ${early}`,
      `backends.0.filters.2.type: ${early}`,
    ],
  ],
])('%s', ([, { kind = 'HTTP', matches = [], filters = [], split = [] }, expected]) => {
  const conflicts = ruleConflicts({ matches, filters, backends: split.map((own) => ({ filters: own })) }, kind)
  expect(conflicts.map(({ path, wrong }) => `${path.join('.')}: ${wrong}`)).toStrictEqual(expected)
})

test('a conflict says what would do', () => {
  expect(ruleConflicts({ matches: [], filters: [], backends: [{ filters: [unresolved] }, {}] }, 'HTTP')).toStrictEqual([
    {
      path: ['backends', 0, 'filters', 0, 'type'],
      value: 'Unresolved',
      wrong: early,
      expected: '`unresolved` in the place of the backend',
    },
  ])
})
