import { describe, expect, test } from 'vitest'

import { edge, load, object, only, resolve, route, rules, service, told } from '../manifests.case.ts'

const options = { resolve: resolve('a') }
const a = 'backendRefs: [{name: a, port: 8000}]'
const base = [edge, service('a')]
const ref = (kind: string, name = 'p', group = 'kgateway.dev'): string =>
  `filters: [{type: ExtensionRef, extensionRef: {group: ${group}, kind: ${kind}, name: ${name}}}]`
const dialect = (kind: string, spec: string, name = 'p'): string => object('kgateway.dev/v1alpha1', kind, name, spec)
const traffic = (spec: string, name = 'p'): string =>
  object('gateway.kgateway.dev/v1alpha1', 'TrafficPolicy', name, spec)
const onRoute = 'targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: r}]'
const onGateway = 'targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: edge}]'

describe('RetryPolicy', () => {
  const of = (spec: string) =>
    load([...base, route('r', `[{${ref('RetryPolicy')}, ${a}}]`), dialect('RetryPolicy', spec)], options)

  test('is a retry with full jitter', () => {
    const spec =
      '{numRetries: 3, retryOn: [5xx, reset, connect-failure, retriable-4xx], perTryTimeout: 30s, retryBackOff: {baseInterval: 100ms, maxInterval: 1s}}'
    expect(rules(of(spec))[0]).toMatchObject({
      retry: {
        retries: 3,
        on: ['5xx', 'reset', 'connect-failure', 'retriable-4xx'],
        perTry: 30_000,
        backoff: { type: 'full-jitter', base: 100, max: 1000 },
      },
    })
    expect(rules(of(spec))[0]?.origins?.['retry']).toMatch(/^a\.yaml:\d+$/)
  })

  test.for([
    ['[503, "429"]', [503, 429]],
    ['[envoy-ratelimited]', ['rate-limited']],
    [
      '[gateway-error, refused-stream, reset-before-request]',
      ['gateway-error', 'refused-stream', 'reset-before-request'],
    ],
    ['[5xx, unavailable]', ['5xx']],
  ] as const)('on %s', ([retryOn, on]) => {
    expect(rules(of(`{retryOn: ${retryOn}}`))[0]?.retry).toMatchObject({ retries: 1, on })
  })

  test('on nothing that is known here retries nothing', () => {
    const result = of('{numRetries: 3, retryOn: [unavailable]}')
    expect(rules(result)[0]?.retry?.retries).toBe(0)
    expect(only(result, 'unsupported').field).toBe('spec.retryOn[0]')
  })

  test('on a misspelt condition is an error with the right one', () => {
    const result = of('{retryOn: [5xy]}')
    expect(result.config).toBeUndefined()
    expect(only(result, 'invalid-value')).toMatchObject({ object: 'RetryPolicy shop/p', field: 'spec.retryOn[0]' })
    expect(only(result, 'invalid-value').message).toContain('5xx')
  })

  test('beside the field of the rule is told, and the field counts', () => {
    const text = route('r', `[{${ref('RetryPolicy')}, ${a}, retry: {attempts: 9}}]`)
    const result = load([...base, text, dialect('RetryPolicy', '{numRetries: 3}')], options)
    expect(rules(result)[0]?.retry?.retries).toBe(9)
    expect(told(result)).toContain('warning policy-conflict RetryPolicy shop/p spec')
  })

  test('with a longest wait below the first is an error at its place', () => {
    const result = of('{retryBackOff: {baseInterval: 2s, maxInterval: 1s}}')
    expect(only(result, 'invalid-value').object).toBe('RetryPolicy shop/p')
  })

  test('that nobody refers to is told', () => {
    expect(told(load([...base, dialect('RetryPolicy', '{numRetries: 3}')]))).toContain(
      'warning policy-without-target RetryPolicy shop/p spec',
    )
  })

  test('that does not fit into the request is told', () => {
    const text = route('r', `[{${ref('RetryPolicy')}, ${a}, timeouts: {request: 5s}}]`)
    const result = load([...base, text, dialect('RetryPolicy', '{numRetries: 2, perTryTimeout: 2s}')], options)
    expect(only(result, 'retry-exceeds-timeout')).toMatchObject({
      object: 'RetryPolicy shop/p',
      severity: 'warning',
      hint: 'at most 1666ms for each try',
    })
  })
})

describe('RateLimitPolicy', () => {
  const local = 'local: {tokenBucket: {maxTokens: 1000, tokensPerFill: 100, fillInterval: 1s}}'
  const descriptors = 'descriptors: [{entries: [{key: X-Tenant-Id}], limit: {requestsPerUnit: 100, unit: MINUTE}}]'

  test('of a route is one bucket for all its rules, and one for each value of a header', () => {
    const policy = dialect('RateLimitPolicy', `{${onRoute}, ${local}, ${descriptors}}`)
    const result = load([...base, route('r', `[{${a}}, {matches: [{path: {value: /x}}], ${a}}]`), policy], options)
    expect(result.config?.limits).toMatchObject([
      { name: 'shop/p/HTTPRoute/r/local', per: 'all', tokens: 100, every: 1000, burst: 1000, fill: 'continuous' },
      {
        name: 'shop/p/HTTPRoute/r/descriptor-0',
        per: { header: 'x-tenant-id' },
        tokens: 100,
        every: 60_000,
        burst: 100,
      },
    ])
    const names = result.config?.limits.map(({ name }) => name)
    expect(rules(result).map(({ limits }) => limits)).toEqual([names, names])
  })

  test.for([
    ['SECOND', 1000],
    ['MINUTE', 60_000],
    ['HOUR', 3_600_000],
    ['DAY', 86_400_000],
  ] as const)('has the unit %s', ([unit, every]) => {
    const policy = dialect('RateLimitPolicy', `{${onRoute}, ${descriptors.replace('MINUTE', unit)}}`)
    expect(load([...base, route('r', `[{${a}}]`), policy], options).config?.limits[0]?.every).toBe(every)
  })

  test('of a Gateway is one bucket for all its routes', () => {
    const policy = dialect('RateLimitPolicy', `{${onGateway}, ${local}}`)
    const { config } = load(
      [...base, route('r', `[{${a}}]`), route('s', `[{matches: [{path: {value: /s}}], ${a}}]`), policy],
      options,
    )
    expect(config?.limits.map(({ name }) => name)).toEqual(['shop/p/Gateway/edge/local'])
    expect(config?.routes.map((found) => found.rules[0]?.limits)).toEqual([
      ['shop/p/Gateway/edge/local'],
      ['shop/p/Gateway/edge/local'],
    ])
  })

  test('of a route comes on top of that of its Gateway', () => {
    const parts = [
      dialect('RateLimitPolicy', `{${onGateway}, ${local}}`, 'g'),
      dialect('RateLimitPolicy', `{${onRoute}, ${local}}`),
    ]
    expect(rules(load([...base, route('r', `[{${a}}]`), ...parts], options))[0]?.limits).toEqual([
      'shop/p/HTTPRoute/r/local',
      'shop/g/Gateway/edge/local',
    ])
  })

  test('of one rule, by its name', () => {
    const policy = dialect(
      'RateLimitPolicy',
      `{${onRoute.replace('name: r}', 'name: r, sectionName: one}')}, ${local}}`,
    )
    const result = load(
      [...base, route('r', `[{name: one, ${a}}, {name: two, matches: [{path: {value: /x}}], ${a}}]`), policy],
      options,
    )
    expect(rules(result).map(({ limits }) => limits)).toEqual([['shop/p/HTTPRoute/r/one/local'], []])
  })

  test.for([
    ['one Gateway of two', onGateway, ['edge', 'other'], ['shop/p/Gateway/edge/local']],
    [
      'one listener of two',
      onGateway.replace('name: edge}', 'name: edge, sectionName: http}'),
      ['edge', 'more'],
      ['shop/p/Gateway/edge/http/local'],
    ],
  ] as const)('of %s leaves the rest of a route alone', ([, target, parents, limits]) => {
    const other = edge.replace('name: edge', 'name: other').replace('port: 80', 'port: 81')
    const two = edge.replace('protocol: HTTP}', 'protocol: HTTP}\n    - {name: more, port: 82, protocol: HTTP}')
    const both = route('r', `[{${a}}]`).replace('[{name: edge}]', '[{name: edge}, {name: other}]')
    const policy = dialect('RateLimitPolicy', `{${target}, ${local}}`)
    const { config } = load([parents[1] === 'more' ? two : edge, other, service('a'), both, policy], options)
    const limited = config?.routes.filter((found) => (found.rules[0]?.limits.length ?? 0) > 0)
    expect(limited?.map(({ listeners }) => listeners)).toEqual([['shop/edge/http']])
    expect(limited?.[0]?.rules[0]?.limits).toEqual(limits)
    expect(config?.routes).toHaveLength(2)
    expect(new Set(config?.routes.map(({ name }) => name)).size).toBe(2)
  })

  test.for(['entries: [{key: a}, {key: b}]', 'entries: [{key: a, value: x}]'])(
    'with %s is not applied, and told',
    (entries) => {
      const policy = dialect(
        'RateLimitPolicy',
        `{${onRoute}, descriptors: [{${entries}, limit: {requestsPerUnit: 1, unit: SECOND}}]}`,
      )
      const result = load([...base, route('r', `[{${a}}]`), policy], options)
      expect(result.config?.limits).toEqual([])
      expect(only(result, 'unsupported-descriptor').field).toBe('spec.descriptors[0].entries')
    },
  )
})

describe('TrafficPolicy', () => {
  const of = (spec: string, rule = a) =>
    load([...base, route('r', `[{${rule}}]`), traffic(`{${onRoute}, ${spec}}`)], options)

  test('has retries, clocks, a limit, CORS and header fields', () => {
    const result = of(`timeouts: {request: 20s, streamIdle: 5s},
      retry: {retryOn: [5xx, retriable-status-codes], statusCodes: [429], attempts: 2, perTryTimeout: 3s, backoffBaseInterval: 50ms},
      rateLimit: {local: {tokenBucket: {maxTokens: 5, fillInterval: 1s}}},
      cors: {allowOrigins: ["https://x.com"]},
      headerModifiers: {request: {set: [{name: A, value: x}]}, response: {remove: [B]}}`)
    expect(result.diagnostics).toEqual([])
    expect(rules(result)[0]).toMatchObject({
      timeouts: { request: 20_000, idle: 5000 },
      retry: { retries: 2, on: ['5xx', 429], perTry: 3000, backoff: { type: 'full-jitter', base: 50, max: 500 } },
      limits: ['shop/p/HTTPRoute/r/local'],
      filters: [
        { type: 'CORS', allowOrigins: ['https://x.com'] },
        { type: 'RequestHeaderModifier', set: [{ name: 'A', value: 'x' }] },
        { type: 'ResponseHeaderModifier', remove: ['B'] },
      ],
    })
    expect(result.config?.limits).toMatchObject([{ tokens: 1, burst: 5 }])
  })

  test('gives way to what the rule has itself', () => {
    const rule = `${a}, timeouts: {request: 1s}, retry: {attempts: 7}, filters: [{type: CORS, cors: {allowOrigins: ["*"]}}]`
    const result = of(
      'timeouts: {request: 20s}, retry: {statusCodes: [500]}, cors: {allowOrigins: ["https://x.com"]}',
      rule,
    )
    expect(result.diagnostics).toEqual([])
    expect(rules(result)[0]).toMatchObject({
      timeouts: { request: 1000 },
      retry: { retries: 7 },
      filters: [{ allowOrigins: ['*'] }],
    })
  })

  test('of a route goes before that of its Gateway, part by part', () => {
    const wide = traffic(
      `{${onGateway}, timeouts: {request: 9s}, rateLimit: {local: {tokenBucket: {maxTokens: 1, fillInterval: 1s}}}, retry: {statusCodes: [500]}}`,
      'wide',
    )
    const near = traffic(`{${onRoute}, timeouts: {request: 1s}, rateLimit: {local: {}}}`, 'near')
    const result = load([...base, route('r', `[{${a}}]`), wide, near], options)
    expect(result.diagnostics).toEqual([])
    expect(rules(result)[0]).toMatchObject({ timeouts: { request: 1000 }, retry: { on: [500] }, limits: [] })
  })

  test('that a rule refers to goes before that of the route', () => {
    const near = traffic('{timeouts: {request: 1s}}', 'near')
    const wide = traffic(`{${onRoute}, timeouts: {request: 9s}}`, 'wide')
    const text = route('r', `[{${ref('TrafficPolicy', 'near', 'gateway.kgateway.dev')}, ${a}}]`)
    const result = load([...base, text, near, wide], options)
    expect(rules(result)[0]?.timeouts.request).toBe(1000)
    expect(result.diagnostics).toEqual([])
  })

  test('beside another of the same level that sets the same is told', () => {
    const other = traffic(`{${onRoute}, timeouts: {request: 9s}}`, 'q')
    const result = load(
      [...base, route('r', `[{${a}}]`), traffic(`{${onRoute}, timeouts: {request: 1s}}`), other],
      options,
    )
    expect(rules(result)[0]?.timeouts.request).toBe(1000)
    expect(told(result)).toEqual(['warning policy-conflict TrafficPolicy shop/q spec.timeouts.request'])
  })

  test.for(['extAuth', 'jwtAuth', 'basicAuth', 'apiKeyAuth', 'oauth2', 'rbac', 'acl', 'csrf'])(
    'with the check %s closes its rules',
    (field) => {
      const result = of(`${field}: {x: y}`)
      expect(rules(result)[0]?.filters).toMatchObject([{ type: 'Unresolved' }])
      expect(only(result, 'unsupported-filter').field).toBe(`spec.${field}`)
      expect(rules(of(`${field}: {disable: {}}`))[0]?.filters).toEqual([])
    },
  )

  test.for(['transformation', 'compression', 'extProc', 'buffer'])(
    'with %s is served without it, and told',
    (field) => {
      const result = of(`${field}: {x: y}`)
      expect(told(result)).toEqual([`warning ignored-in-process TrafficPolicy shop/p spec.${field}`])
      expect(rules(result)[0]?.filters).toEqual([])
    },
  )

  test('with a rate limit service limits nothing, and is told', () => {
    const result = of('rateLimit: {global: {descriptors: [], extensionRef: {name: x}}}')
    expect(told(result)).toEqual(['warning ignored-in-process TrafficPolicy shop/p spec.rateLimit.global'])
  })

  test('with a value from a Secret leaves that field alone, and is told', () => {
    const result = of('headerModifiers: {request: {set: [{name: A, secretRef: {name: s}}, {name: B, value: x}]}}')
    expect(rules(result)[0]?.filters).toMatchObject([{ set: [{ name: 'B', value: 'x' }] }])
    expect(only(result, 'unsupported').field).toBe('spec.headerModifiers.request.set[0]')
  })
})
