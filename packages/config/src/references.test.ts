/** Names that are declared, used, repeated or missing. */

import { describe, expect, test } from 'vitest'

import { ProblemList } from './problems.ts'
import { checkReferences } from './references.ts'

/** The problems of this input as `place: message`. */
function problemsOf(input: unknown): readonly string[] {
  const problems = new ProblemList()
  checkReferences(input, problems)
  return problems.all(input).map(({ at, message }) => `${at}: ${message}`)
}

function rule(fields: object): unknown {
  return {
    backends: [{ name: 'a' }, { name: 'b' }, { name: 'c' }],
    limits: [{ name: 'l' }],
    routes: [{ name: 'r', rules: [fields] }],
  }
}

function mirror(backend: string): unknown {
  return { type: 'RequestMirror', backend }
}

const place = 'routes["r"].rules[0]'

test.for<[string, unknown, readonly string[]]>([
  [
    'declared names are accepted',
    rule({ backends: [{ backend: 'a' }, { backend: 'b' }], fallback: { backends: ['c'] } }),
    [],
  ],
  [
    'an unknown backend',
    rule({ backends: [{ backend: 'x' }] }),
    [`${place}.backends[0].backend: no backend is named "x"`],
  ],
  [
    'an unknown fallback',
    rule({ fallback: { backends: ['x'] } }),
    [`${place}.fallback.backends[0]: no backend is named "x"`],
  ],
  ['an unknown limit', rule({ limits: ['l', 'x'] }), [`${place}.limits[1]: no limit is named "x"`]],
  [
    'a backend twice in a split, told once',
    rule({ backends: [{ backend: 'a' }, { backend: 'a' }, { backend: 'b' }] }),
    [`${place}.backends[1].backend: this split names "a" twice`],
  ],
  [
    'a fallback twice',
    rule({ fallback: { backends: ['c', 'c'] } }),
    [`${place}.fallback.backends[1]: this fallback names "c" twice`],
  ],
  ['a limit twice', rule({ limits: ['l', 'l'] }), [`${place}.limits[1]: this rule names "l" twice`]],
  [
    'a fallback that is the only backend of the split',
    rule({ backends: [{ backend: 'a' }], fallback: { backends: ['b', 'a'] } }),
    [`${place}.fallback.backends[1]: the fallback "a" is the only backend of the split itself`],
  ],
  [
    'a fallback that is one of two backends of the split is accepted',
    rule({ backends: [{ backend: 'a' }, { backend: 'b' }], fallback: { backends: ['a'] } }),
    [],
  ],
  [
    'a fallback that is the only backend beside an unresolved share',
    rule({ backends: [{ backend: 'a' }, { unresolved: 'x' }], fallback: { backends: ['a'] } }),
    [`${place}.fallback.backends[0]: the fallback "a" is the only backend of the split itself`],
  ],
  [
    'backends of one name',
    { backends: [{ name: 'a' }, { name: 'b' }, { name: 'a' }] },
    ['backends[2].name: another backend is named "a", at index 0'],
  ],
  [
    'limits of one name',
    { limits: [{ name: 'l' }, { name: 'l' }] },
    ['limits[1].name: another limit is named "l", at index 0'],
  ],
  [
    'routes of one name',
    { routes: [{ name: 'r' }, { name: 'r' }] },
    ['routes[1].name: another route is named "r", at index 0'],
  ],
  [
    'routes of one name in one namespace',
    {
      routes: [
        { name: 'r', namespace: 'n' },
        { name: 'r', namespace: 'n' },
      ],
    },
    ['routes[1].name: another route of the namespace "n" is named "r", at index 0'],
  ],
  [
    'routes of one name in several namespaces are accepted',
    { routes: [{ name: 'r', namespace: 'n' }, { name: 'r', namespace: 'm' }, { name: 'r' }, { name: 'n/r' }] },
    [],
  ],
  [
    'rules of one name in one route',
    { routes: [{ name: 'r', rules: [{ name: 'x' }, { name: 'x' }] }] },
    ['routes["r"].rules[1].name: another rule of this route is named "x", at index 0'],
  ],
  [
    'rules of one name in two routes are accepted',
    {
      routes: [
        { name: 'r', rules: [{ name: 'x' }] },
        { name: 's', rules: [{ name: 'x' }] },
      ],
    },
    [],
  ],
  [
    'an unknown listener, and one twice',
    {
      listeners: [{ name: 'http' }, { name: 'https' }],
      routes: [{ name: 'r', listeners: ['http', 'htps', 'https', 'http'] }],
    },
    [
      'routes["r"].listeners[1]: no listener is named "htps"',
      'routes["r"].listeners[3]: this route names "http" twice',
    ],
  ],
  [
    'listeners of one name',
    { listeners: [{ name: 'http' }, { name: 'http' }] },
    ['listeners[1].name: another listener is named "http", at index 0'],
  ],
  [
    'an unresolved share is no use of a name',
    rule({ backends: [{ unresolved: 'x' }, { unresolved: 'x' }, { backend: 'a' }] }),
    [],
  ],
  [
    'mirrors to an unknown backend, of the rule and of a share; one backend may be mirrored to twice',
    rule({
      filters: [mirror('b'), mirror('b'), mirror('x')],
      backends: [{ backend: 'a', filters: [mirror('a'), mirror('y')] }],
    }),
    [
      `${place}.filters[2].backend: no backend is named "x"`,
      `${place}.backends[0].filters[1].backend: no backend is named "y"`,
    ],
  ],
  ['a field named backend of a filter that is none', rule({ filters: [{ type: 'RequestMirrors', backend: 'x' }] }), []],
  [
    'fallbacks of backends: unknown, twice, itself',
    {
      backends: [
        { name: 'a', fallback: { backends: ['b', 'x'] } },
        { name: 'b', fallback: { backends: ['a', 'a'] } },
        { name: 'c', fallback: { backends: ['a', 'c'] } },
      ],
    },
    [
      'backends["a"].fallback.backends[1]: no backend is named "x"',
      'backends["b"].fallback.backends[1]: this fallback names "a" twice',
      'backends["c"].fallback.backends[1]: the fallback "c" is this backend itself',
    ],
  ],
])('%s', ([, input, expected]) => {
  expect(problemsOf(input)).toStrictEqual(expected)
})

describe('what has not the right shape', () => {
  test.for<[string, unknown]>([
    ['no object', 5],
    ['a list', []],
    ['lists that are none', { backends: 1, limits: 'l', listeners: true, routes: { name: 'r' } }],
    [
      'items that are none',
      {
        backends: [1, null, { name: 'a', fallback: { backends: [1] } }, { name: 'b', fallback: [] }],
        limits: [[]],
        listeners: [null],
        routes: [null, { listeners: [1], rules: [1, { backends: [1], limits: [1], filters: [1, null] }] }],
      },
    ],
    [
      'names that are none',
      { backends: [{ name: 1 }, { name: 1 }], routes: [{ name: {}, rules: [{ backends: [{ backend: 1 }] }] }] },
    ],
  ])('%s is skipped', ([, input]) => {
    expect(problemsOf(input)).toStrictEqual([])
  })
})

test('choices are named, of many the first ten', () => {
  const problems = new ProblemList()
  const input = {
    backends: Array.from({ length: 12 }, (_, index) => ({ name: `b${index}` })),
    routes: [{ name: 'r', rules: [{ backends: [{ backend: 'none' }], limits: ['none'] }] }],
  }
  checkReferences(input, problems)
  const [backend, limit] = problems.all(input)
  expect(backend?.expected).toBe(
    'one of the backends "b0", "b1", "b2", "b3", "b4", "b5", "b6", "b7", "b8", "b9", 2 more',
  )
  expect(limit?.expected).toBe('the name of a declared limit, and none is declared')
})
