/** The two ways in: defaults, all problems at once, and input that was made to do harm. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { GatewayConfigInput } from './input.ts'
import { defineConfig, parseConfig } from './parse.ts'
import { ConfigError } from './problems.ts'
import type { Problem } from './problems.ts'

function problemsOf(input: unknown): readonly Problem[] {
  const result = parseConfig(input)
  return result.ok ? [] : result.problems
}

const minimal = {
  version: 1,
  backends: [{ name: 'a', endpoints: ['http://a:8000'] }],
  routes: [{ name: 'r', rules: [{ backends: [{ backend: 'a' }] }] }],
} as const satisfies GatewayConfigInput

describe('an accepted config', () => {
  test('has every default', () => {
    expect(defineConfig(minimal)).toStrictEqual({
      version: 1,
      name: 'headgate',
      listeners: [],
      backends: [
        {
          name: 'a',
          endpoints: [{ url: 'http://a:8000' }],
          connectTimeout: 10_000,
          retryBudget: { percent: 20, window: 10_000, minimum: 100 },
          protocol: 'http1',
          balance: { type: 'round-robin' },
          panicThreshold: 50,
        },
      ],
      limits: [],
      routes: [
        {
          kind: 'HTTP',
          name: 'r',
          hostnames: [],
          rules: [
            {
              matches: [],
              filters: [],
              backends: [{ backend: 'a', weight: 1 }],
              timeouts: { idle: 300_000 },
              limits: [],
            },
          ],
        },
      ],
      forwarded: { trustedHops: 0 },
      bodies: { keepPerRequest: 1_048_576, keepTotal: 67_108_864 },
    })
  })

  test('has the defaults of each policy that is there', () => {
    const config = defineConfig({
      version: 1,
      backends: [
        { name: 'a', breaker: { openFor: '2s' }, capacity: {}, outlierDetection: {}, retryBudget: false },
        { name: 'b', fallback: { backends: ['a'] }, healthCheck: {}, balance: { type: 'maglev' } },
      ],
      limits: [{ name: 'l', tokens: 7, every: '1m' }],
      routes: [
        {
          name: 'r',
          rules: [
            {
              backends: [{ backend: 'a' }],
              retry: { retries: 1, backoff: { base: '100ms' } },
              fallback: { backends: ['b'] },
              limits: ['l'],
            },
          ],
        },
      ],
    })
    expect(config.backends[0]).toMatchObject({
      breaker: { failures: 5, openFor: 2000, maxOpenFor: 20_000, probes: 1, maxOpenPercent: 100 },
      capacity: { maxRequests: 1024, maxPending: 1024 },
      outlierDetection: {
        consecutive5xx: 5,
        interval: 10_000,
        baseEjectionTime: 30_000,
        maxEjectionPercent: 10,
      },
      retryBudget: false,
    })
    expect(config.backends[1]).toMatchObject({
      healthCheck: {
        path: '/health',
        method: 'GET',
        interval: 10_000,
        timeout: 1000,
        healthy: 2,
        unhealthy: 3,
        statuses: [{ from: 200, to: 299 }],
      },
      balance: { type: 'maglev', by: ['address'] },
    })
    expect(config.backends[1]?.fallback?.on).toStrictEqual(['5xx', 'reset', 'connect-failure', 'rate-limited'])
    const expected = { per: 'all', tokens: 7, every: 60_000, burst: 7, fill: 'continuous', maxKeys: 100_000 }
    expect(config.limits[0]).toStrictEqual({ name: 'l', ...expected })
    expect(config.routes[0]?.rules[0]).toMatchObject({
      retry: {
        retries: 1,
        on: ['connect-failure', 'refused-stream', 'reset'],
        backoff: { type: 'full-jitter', base: 100, max: 1000 },
      },
      fallback: { backends: ['b'], on: ['5xx', 'reset', 'connect-failure', 'rate-limited'] },
    })
  })

  test('has the defaults of each filter', () => {
    const filters = [{ type: 'RequestMirror', backend: 'a' }, { type: 'CORS' }] as const
    const rules = [{ filters, backends: [{ backend: 'a' }] }, { filters: [{ type: 'RequestRedirect' as const }] }]
    const [split, redirect] = defineConfig({ ...minimal, routes: [{ name: 'r', rules }] }).routes[0]?.rules ?? []
    expect(split?.filters).toStrictEqual([
      { type: 'RequestMirror', backend: 'a', numerator: 1, denominator: 1 },
      {
        type: 'CORS',
        allowOrigins: [],
        allowMethods: [],
        allowHeaders: [],
        exposeHeaders: [],
        allowCredentials: false,
        maxAge: 5,
      },
    ])
    expect(redirect?.filters).toStrictEqual([{ type: 'RequestRedirect', statusCode: 302 }])
  })

  test('keeps places as they were given, and origins of browsers in the form that browsers send', () => {
    const config = defineConfig({
      version: 1,
      listeners: [{ name: 'l', port: 80, protocol: 'HTTP', origin: ' a.yaml:1' }],
      routes: [
        {
          name: 'r',
          listeners: ['l'],
          origin: '',
          rules: [
            {
              filters: [{ type: 'CORS', allowOrigins: ['HTTPS://A.example:443', 'http://*:8080'] }],
              backends: [{ unresolved: 'no such Service' }],
              origins: { rule: 'a.yaml:7', retry: 'b.yaml:3' },
            },
          ],
        },
      ],
    })
    expect(config.listeners[0]?.origin).toBe(' a.yaml:1')
    expect(config.routes[0]).toMatchObject({ origin: '', listeners: ['l'] })
    expect(config.routes[0]?.rules[0]).toMatchObject({
      filters: [{ allowOrigins: ['https://a.example', 'http://*:8080'] }],
      backends: [{ unresolved: 'no such Service', weight: 1 }],
      origins: { rule: 'a.yaml:7', retry: 'b.yaml:3' },
    })
  })

  test('caps what is derived from a long duration', () => {
    const config = defineConfig({ version: 1, backends: [{ name: 'a', breaker: { openFor: 2 ** 31 - 1 } }] })
    expect(config.backends[0]?.breaker?.maxOpenFor).toBe(2 ** 31 - 1)
  })

  test('takes statuses as text, drops the schema for editors and undefined fields', () => {
    const config = defineConfig({
      ...minimal,
      $schema: './node_modules/@headgate/config/schema.json',
      limits: undefined,
      routes: [
        {
          name: 'r',
          rules: [{ name: undefined, backends: [{ backend: 'a' }], retry: { retries: 1, on: ['429', 503, '5xx'] } }],
        },
      ],
    })
    expect(config).not.toHaveProperty('$schema')
    expect(config.limits).toStrictEqual([])
    expect(config.routes[0]?.rules[0]).not.toHaveProperty('name')
    expect(config.routes[0]?.rules[0]?.retry?.on).toStrictEqual([429, 503, '5xx'])
  })

  test('may have names that objects have already', () => {
    const config = defineConfig({
      version: 1,
      backends: [{ name: '__proto__' }, { name: 'constructor' }],
      routes: [{ name: 'toString', rules: [{ backends: [{ backend: '__proto__' }, { backend: 'constructor' }] }] }],
    })
    expect(config.backends.map(({ name }) => name)).toStrictEqual(['__proto__', 'constructor'])
  })

  test('is not the input and does not change it', () => {
    const input = structuredClone(minimal)
    const config = defineConfig(input)
    expect(input).toStrictEqual(minimal)
    expect(config.backends[0]).not.toBe(input.backends[0])
  })
})

describe('a refused config', () => {
  test('is told with all its problems at once, of shape and of references', () => {
    const found = problemsOf({
      version: 2,
      backendz: [],
      backends: [{ name: 'gpt4-stable', endpoints: ['http://a/v1'] }],
      limits: [{ name: 'free', tokens: '5', every: '1.5s' }],
      routes: [
        {
          name: 'gpt-4',
          rules: [{ backends: [{ backend: 'gpt4-stabel', weight: -1 }], limits: ['fre'], retry: { retrys: 3 } }],
        },
      ],
    })
    expect(found.map(({ at, nearest }) => [at, nearest])).toStrictEqual([
      ['version', undefined],
      ['backends["gpt4-stable"].endpoints[0]', undefined],
      ['limits["free"].tokens', undefined],
      ['limits["free"].every', undefined],
      ['routes["gpt-4"].rules[0].backends[0].weight', undefined],
      ['routes["gpt-4"].rules[0].retry.retries', undefined],
      ['routes["gpt-4"].rules[0].retry.retrys', 'retries'],
      ['backendz', 'backends'],
      ['routes["gpt-4"].rules[0].backends[0].backend', 'gpt4-stable'],
      ['routes["gpt-4"].rules[0].limits[0]', 'free'],
    ])
  })

  test('says what was found and what would be accepted', () => {
    expect(problemsOf({ ...minimal, bodies: { keepTotal: -1 } })).toStrictEqual([
      {
        path: ['bodies', 'keepTotal'],
        at: 'bodies.keepTotal',
        value: -1,
        message: 'found -1',
        expected: 'bytes: an integer from 0',
      },
    ])
  })

  test.for<[string, readonly unknown[], string, string]>([
    ['retry', ['5x'], 'rate-limited, or a status from 400 to 599', '5xx'],
    ['retry', ['conect-failure'], 'rate-limited, or a status from 400 to 599', 'connect-failure'],
    ['fallback', ['contextlength'], 'content-policy, quota, or a status from 400 to 599', 'context-length'],
  ])('a condition of %s that is none, %j, is told with those that are', ([policy, on, expected, meant]) => {
    const rest = policy === 'retry' ? { retries: 1 } : { backends: ['b'] }
    const rule = { backends: [{ backend: 'a' }], [policy]: { ...rest, on } }
    const [problem, ...others] = problemsOf({
      version: 1,
      backends: [{ name: 'a' }, { name: 'b' }],
      routes: [{ name: 'r', rules: [rule] }],
    })
    expect(problem).toMatchObject({ at: `routes["r"].rules[0].${policy}.on[0]`, nearest: meant })
    expect(problem?.expected).toMatch(/^5xx, gateway-error, /)
    expect(problem?.expected.endsWith(expected)).toBe(true)
    expect(others).toStrictEqual([])
  })

  test.for<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['text', 'version: 1'],
    ['a number', 5],
    ['a list', []],
    ['an empty object', {}],
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['a big integer', 1n],
    ['a map', new Map([['version', 1]])],
  ])('%s is no config', ([, value]) => {
    expect(problemsOf(value).length).toBe(1)
  })

  test('unknown keys that objects inherit are found', () => {
    const found = problemsOf(JSON.parse('{"version":1,"__proto__":{"name":"x"},"constructor":1,"toString":2}'))
    expect(found.map(({ at }) => at).toSorted()).toStrictEqual(['__proto__', 'constructor', 'toString'])
  })

  test('a polluted Object.prototype adds nothing', () => {
    const prototype = Object.prototype as unknown as Record<string, unknown>
    prototype['breaker'] = { failures: 1 }
    try {
      expect(Object.hasOwn(defineConfig(minimal).backends[0] ?? {}, 'breaker')).toBe(false)
    } finally {
      delete prototype['breaker']
    }
  })

  test('a cycle, a getter that throws and an instance of a class are problems at their place, once', () => {
    const routes: unknown[] = [{ name: 'r', rules: [new Date()] }]
    routes.push(routes)
    const broken = {
      version: 1,
      routes,
      get backends(): never {
        throw new Error('secret')
      },
    }
    expect(problemsOf(broken).map(({ at, message }) => [at, message])).toStrictEqual([
      ['routes["r"].rules[0]', 'it is not plain data'],
      ['routes[1]', 'it contains itself'],
      ['backends', 'it cannot be read'],
    ])
  })

  test('a huge input is refused with a bounded number of problems', () => {
    const sparse: unknown[] = []
    sparse.length = 4_294_967_295
    expect(problemsOf({ version: 1, backends: sparse })).toHaveLength(1)
    const many = problemsOf({ version: 1, limits: Array.from({ length: 20_000 }, () => 0) })
    expect(many).toHaveLength(1001)
    expect(many.at(-1)?.message).toContain('19000 further')
  })

  test('values of header fields and credentials in URLs are never repeated', () => {
    const found = problemsOf({
      ...minimal,
      backends: [
        {
          name: 'a',
          apiKey: 'sk-secret',
          endpoints: ['http://user:sk-secret@a', 'http://a?key=sk-secret'],
          headers: [
            { name: 'authorization', value: 'sk-secret\n' },
            { name: 'x-key', value: { literal: 'sk-secret' } },
            { name: 'x-other', value: ['sk-secret'] },
            'sk-secret',
          ],
        },
        { name: 'b', headers: 'sk-secret' },
        { name: 'c', tls: { ca: ['sk-secret'] } },
        { name: 'd', tls: { ca: [{ secret: 'sk-secret' }] } },
        { name: 'e', tls: { ca: 'sk-secret' } },
      ],
      listeners: [
        { name: 'l', port: 1, protocol: 'HTTPS', certificates: [{ certificate: 'sk-secret', key: 'sk-secret' }] },
        { name: 'm', port: 2, protocol: 'HTTPS', certificates: [{ key: { secret: 'sk-secret' } }, 'sk-secret'] },
        { name: 'n', port: 3, protocol: 'HTTPS', certificates: 'sk-secret' },
      ],
      routes: [
        {
          name: 'r',
          rules: [
            {
              filters: [
                { type: 'RequestHeaderModifier', set: [{ name: 'x', value: 'sk-secret\r' }] },
                { type: 'RequestHeaderModifier', set: ['sk-secret'], add: 'sk-secret' },
              ],
            },
          ],
        },
      ],
    })
    expect(found.length).toBeGreaterThan(17)
    expect(JSON.stringify(found)).not.toContain('sk-secret')
    for (const sessionKey of ['sk-secret', ['sk-secret'], { file: ['sk-secret'] }, { secret: 'sk-secret' }]) {
      const refused = problemsOf({ ...minimal, sessionKey })
      expect(refused.length).toBeGreaterThan(0)
      expect(JSON.stringify(refused)).not.toContain('sk-secret')
    }
  })

  test('a path of a filter is shown, it is no credential', () => {
    const filters = [{ type: 'URLRewrite', path: { type: 'ReplaceFullPath', value: 'v1' } }]
    expect(problemsOf({ ...minimal, routes: [{ name: 'r', rules: [{ filters }] }] })).toMatchObject([
      { value: 'v1', message: '"v1" is refused: must start with "/"' },
    ])
  })

  test('no input makes it throw', () => {
    fc.assert(
      fc.property(
        fc.anything({ withNullPrototype: true, withMap: true, withDate: true, withBigInt: true }),
        (value) => {
          expect(parseConfig(value).ok).toBe(false)
        },
      ),
    )
    const keys = fc.constantFrom(
      'version',
      'backends',
      'routes',
      'rules',
      'name',
      'headers',
      'limits',
      '__proto__',
      'x',
    )
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'medium' },
        fc.constantFrom(1, 'a', null, true, '30s'),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(keys, tie('tree')),
      ),
    }))
    fc.assert(fc.property(tree, (value) => typeof parseConfig(value).ok === 'boolean'))
  })
})

test('defineConfig throws one error with every problem on a line of its own', () => {
  const input = { ...minimal, routes: [{ name: 'r', rules: [{ backends: [{ backend: 'b', weight: 2_000_000 }] }] }] }
  let thrown: unknown
  try {
    defineConfig(input)
  } catch (error) {
    thrown = error
  }
  expect(ConfigError.isInstance(thrown)).toBe(true)
  if (!ConfigError.isInstance(thrown)) return
  expect(thrown.code).toBe('HEADGATE_CONFIG')
  expect(thrown.problems).toHaveLength(2)
  expect(thrown.message).toBe(
    [
      'The gateway config has 2 problems:',
      '  routes["r"].rules[0].backends[0].weight: found 2000000; expected a weight: an integer from 0 to 1000000',
      '  routes["r"].rules[0].backends[0].backend: no backend is named "b"; expected the backend "a"',
    ].join('\n'),
  )
})
