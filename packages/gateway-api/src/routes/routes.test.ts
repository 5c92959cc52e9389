import { describe, expect, test } from 'vitest'

import { backend, edge, load, object, only, resolve, route, rules, service, told } from '../manifests.case.ts'

const options = { resolve: resolve('a', 'b') }
const services = [edge, service('a'), service('b')]
const a = 'backendRefs: [{name: a, port: 8000}]'
const filtered = (filters: string, more = a): ReturnType<typeof load> =>
  load([...services, route('r', `[{filters: [${filters}], ${more}}]`)], options)

describe('a rule', () => {
  test('has its name, matches, split and where it was written', () => {
    const text = route(
      'r',
      '\n    - name: one\n      matches: [{path: {type: Exact, value: /x}}]\n      backendRefs: [{name: a, port: 8000, weight: 3}, {name: b, port: 8000}]',
    )
    const result = load([...services, text], options)
    const line =
      [...services, text]
        .join('\n---\n')
        .split('\n')
        .findIndex((known) => known.includes('- name: one')) + 1
    expect(result.diagnostics).toEqual([])
    expect(rules(result)).toMatchObject([
      {
        name: 'one',
        matches: [{ path: { type: 'Exact', value: '/x' } }],
        backends: [
          { backend: 'shop/a:8000', weight: 3 },
          { backend: 'shop/b:8000', weight: 1 },
        ],
        limits: [],
        origins: { rule: `a.yaml:${line}` },
      },
    ])
  })

  test('without backendRefs answers 500, and is told', () => {
    const result = load([edge, route('r', '[{}]')])
    expect(rules(result)[0]?.backends).toEqual([])
    expect(told(result)).toEqual(['warning no-backends HTTPRoute shop/r spec.rules[0]'])
  })

  test('keeps the share of a reference that leads nowhere', () => {
    const result = load(
      [...services, route('r', '[{backendRefs: [{name: a, port: 8000, weight: 9}, {name: x, port: 1}]}]')],
      options,
    )
    expect(rules(result)[0]?.backends).toMatchObject([{ backend: 'shop/a:8000', weight: 9 }, { weight: 1 }])
    expect(rules(result)[0]?.backends[1]?.unresolved).toContain('shop/x')
  })

  test('with one backend twice has it once, with the sum of the weights', () => {
    const result = load(
      [
        ...services,
        route(
          'r',
          '[{backendRefs: [{name: a, port: 8000, weight: 2}, {name: b, port: 8000}, {name: a, port: 8000, weight: 3}]}]',
        ),
      ],
      options,
    )
    expect(rules(result)[0]?.backends).toMatchObject([{ weight: 5 }, { weight: 1 }])
  })

  test.for([
    ['timeouts: {request: 2s, backendRequest: 1s}', { request: 2000, backend: 1000 }],
    ['timeouts: {request: 0s}', { request: 0 }],
  ] as const)('with %s has these clocks', ([field, clocks]) => {
    const result = load([...services, route('r', `[{${a}, ${field}}]`)], options)
    expect(rules(result)[0]?.timeouts).toMatchObject(clocks)
    expect(rules(result)[0]?.origins?.['timeouts']).toMatch(/^a\.yaml:\d+$/)
  })

  test('with a clock for one try that is longer than the whole is an error', () => {
    const result = load([...services, route('r', `[{${a}, timeouts: {request: 1s, backendRequest: 2s}}]`)], options)
    expect(result.config).toBeUndefined()
    expect(only(result, 'invalid-value')).toMatchObject({ object: 'HTTPRoute shop/r' })
    expect(only(result, 'invalid-value').field).toMatch(/^spec\.rules\[0\]\.timeouts/)
  })

  test.for([
    ['retry: {}', 1, ['connect-failure', 'refused-stream', 'reset'], 25],
    ['retry: {attempts: 3}', 3, ['connect-failure', 'refused-stream', 'reset'], 25],
    [
      'retry: {codes: [500, 503, 500], attempts: 2, backoff: 200ms}',
      2,
      ['connect-failure', 'refused-stream', 'reset', 500, 503],
      200,
    ],
  ] as const)('with %s', ([field, retries, on, base]) => {
    const result = load([...services, route('r', `[{${a}, ${field}}]`)], options)
    expect(rules(result)[0]?.retry).toMatchObject({ retries, on, backoff: { type: 'minimum', base } })
  })
})

describe('filters', () => {
  test.for([
    [
      '{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: A, value: x}], add: [{name: B, value: y}], remove: [C]}}',
      {
        type: 'RequestHeaderModifier',
        set: [{ name: 'A', value: 'x' }],
        add: [{ name: 'B', value: 'y' }],
        remove: ['C'],
      },
    ],
    [
      '{type: ResponseHeaderModifier, responseHeaderModifier: {remove: [C]}}',
      { type: 'ResponseHeaderModifier', remove: ['C'] },
    ],
    [
      '{type: URLRewrite, urlRewrite: {hostname: x.com, path: {type: ReplacePrefixMatch, replacePrefixMatch: /y}}}',
      { type: 'URLRewrite', hostname: 'x.com', path: { type: 'ReplacePrefixMatch', value: '/y' } },
    ],
    [
      '{type: RequestMirror, requestMirror: {backendRef: {name: b, port: 8000}}}',
      { type: 'RequestMirror', backend: 'shop/b:8000', numerator: 1, denominator: 1 },
    ],
    [
      '{type: RequestMirror, requestMirror: {backendRef: {name: b, port: 8000}, percent: 20}}',
      { type: 'RequestMirror', backend: 'shop/b:8000', numerator: 20, denominator: 100 },
    ],
    [
      '{type: RequestMirror, requestMirror: {backendRef: {name: b, port: 8000}, fraction: {numerator: 5}}}',
      { type: 'RequestMirror', backend: 'shop/b:8000', numerator: 5, denominator: 100 },
    ],
    [
      '{type: RequestMirror, requestMirror: {backendRef: {name: b, port: 8000}, fraction: {numerator: 1, denominator: 3}}}',
      { type: 'RequestMirror', backend: 'shop/b:8000', numerator: 1, denominator: 3 },
    ],
    [
      '{type: CORS, cors: {allowOrigins: ["https://*.x.com"], allowMethods: [GET], allowCredentials: true, maxAge: 60}}',
      { type: 'CORS', allowOrigins: ['https://*.x.com'], allowMethods: ['GET'], allowCredentials: true, maxAge: 60 },
    ],
  ] as const)('%s', ([text, filter]) => {
    const result = filtered(text)
    expect(result.diagnostics).toEqual([])
    expect(rules(result)[0]?.filters).toMatchObject([filter])
  })

  test('a redirect needs no backend', () => {
    const result = filtered(
      '{type: RequestRedirect, requestRedirect: {scheme: https, port: 8443, statusCode: 301, path: {type: ReplaceFullPath, replaceFullPath: /x}}}',
      '',
    )
    expect(result.diagnostics).toEqual([])
    expect(rules(result)[0]?.filters).toEqual([
      {
        type: 'RequestRedirect',
        scheme: 'https',
        port: 8443,
        statusCode: 301,
        path: { type: 'ReplaceFullPath', value: '/x' },
      },
    ])
  })

  test('a redirect beside backendRefs leaves them without effect', () => {
    const result = filtered('{type: RequestRedirect, requestRedirect: {hostname: x.com}}')
    expect(told(result)).toEqual(['warning without-effect HTTPRoute shop/r spec.rules[0].backendRefs'])
    expect(rules(result)[0]?.backends).toEqual([])
  })

  test.for([
    ['{type: Compress}', 'unknown-filter', 'spec.rules[0].filters[0].type'],
    ['{type: URLRewrit, urlRewrite: {hostname: x.com}}', 'unknown-filter', 'spec.rules[0].filters[0].type'],
    [
      '{type: ExternalAuth, externalAuth: {protocol: HTTP}}',
      'unsupported-filter',
      'spec.rules[0].filters[0].externalAuth',
    ],
    [
      '{type: ExtensionRef, extensionRef: {group: x.io, kind: Y, name: z}}',
      'unknown-filter',
      'spec.rules[0].filters[0].extensionRef.kind',
    ],
    [
      '{type: ExtensionRef, extensionRef: {group: kgateway.dev, kind: RetryPolicy, name: z}}',
      'filter-not-found',
      'spec.rules[0].filters[0].extensionRef.name',
    ],
  ] as const)('%s fails its rule closed', ([text, code, field]) => {
    const result = filtered(text)
    expect(only(result, code)).toMatchObject({ severity: 'warning', field })
    expect(rules(result)[0]?.filters).toMatchObject([{ type: 'Unresolved' }])
  })

  test('one without its own field is an error', () => {
    const result = filtered('{type: RequestRedirect, urlRewrite: {hostname: x.com}}')
    expect(only(result, 'missing-field')).toMatchObject({ severity: 'error', field: 'spec.rules[0].filters[0]' })
    expect(filtered('{type: URLRewrite, urlRewrite: {path: {type: ReplaceFullPath}}}').config).toBeUndefined()
  })

  test('the field of another type is without effect', () => {
    const result = filtered('{type: CORS, cors: {allowOrigins: ["*"]}, urlRewrite: {hostname: x.com}}')
    expect(told(result)).toEqual(['warning without-effect HTTPRoute shop/r spec.rules[0].filters[0].urlRewrite'])
  })

  test('a mirror that leads nowhere is left out', () => {
    const result = filtered('{type: RequestMirror, requestMirror: {backendRef: {name: x, port: 1}}}')
    expect(told(result).map((line) => line.split(' ')[1])).toEqual(['backend-not-found', 'mirror-dropped'])
    expect(rules(result)[0]?.filters).toEqual([])
  })

  test('a mirror cannot have two shares', () => {
    const result = filtered(
      '{type: RequestMirror, requestMirror: {backendRef: {name: b, port: 8000}, percent: 1, fraction: {numerator: 1}}}',
    )
    expect(only(result, 'invalid-value').severity).toBe('error')
  })
})

describe('filters of a backendRef', () => {
  test('that differ on two references to one backend make two backends of its endpoints, with the same policies', () => {
    const tag = (value: string): string =>
      `filters: [{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: x-arm, value: ${value}}]}}]`
    const refs = [
      `{name: a, port: 8000, weight: 6, ${tag('one')}}`,
      `{name: a, port: 8000, weight: 3, ${tag('two')}}`,
      `{name: a, port: 8000, weight: 1, ${tag('one')}}`,
    ]
    const breaker = object(
      'kgateway.dev/v1alpha1',
      'CircuitBreakerPolicy',
      'c',
      '{targetRefs: [{kind: Service, name: a}], consecutiveErrors: 3}',
    )
    const result = load([...services, route('r', `[{backendRefs: [${refs.join(', ')}]}]`), breaker], {
      resolve: resolve('a'),
    })
    const arm = (value: string): object => ({ filters: [{ set: [{ name: 'x-arm', value }] }] })
    expect(rules(result)[0]?.backends).toMatchObject([
      { backend: 'shop/a:8000', weight: 7, ...arm('one') },
      { backend: 'shop/a:8000@2', weight: 3, ...arm('two') },
    ])
    for (const name of ['shop/a:8000', 'shop/a:8000@2']) {
      expect(backend(result, name)).toMatchObject({
        endpoints: [{ url: 'http://127.0.0.1:9000' }],
        breaker: { failures: 3 },
      })
    }
    expect(only(result, 'duplicate-backend')).toMatchObject({
      severity: 'info',
      field: 'spec.rules[0].backendRefs[1]',
    })
  })

  const set = '{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: A, value: x}]}}'
  const redirect = '{type: RequestRedirect, requestRedirect: {hostname: x.com}}'
  const split = (first: string, second = ''): ReturnType<typeof load> =>
    load([...services, route('r', `[{backendRefs: [{name: a, port: 8000, filters: [${first}]} ${second}]}]`)], options)

  test('are those of its share', () => {
    const [first, second] = rules(split(set, ', {name: b, port: 8000}'))[0]?.backends ?? []
    expect([first?.filters?.length, second?.filters]).toEqual([1, undefined])
  })

  test('that answer are the rule’s, where there is one backendRef', () => {
    const result = split(redirect)
    expect(rules(result)[0]).toMatchObject({ filters: [{ type: 'RequestRedirect', hostname: 'x.com' }], backends: [] })
    expect(result.diagnostics).toEqual([])
  })

  test('that answer close their share, where there are several', () => {
    const result = split(redirect, ', {name: b, port: 8000}')
    expect(rules(result)[0]?.backends).toMatchObject([{ weight: 1 }, { backend: 'shop/b:8000' }])
    expect(rules(result)[0]?.backends[0]?.unresolved).toContain('RequestRedirect')
    expect(only(result, 'unsupported-filter').field).toBe('spec.rules[0].backendRefs[0].filters')
  })

  test('that are not known close their share', () => {
    expect(rules(split('{type: X}', ', {name: b, port: 8000}'))[0]?.backends[0]?.unresolved).toContain('filter X')
  })
})

describe('a GRPCRoute', () => {
  const grpc = (spec: string): string => object('gateway.networking.k8s.io/v1', 'GRPCRoute', 'r', spec)

  test('is a route of its own kind, with paths for its methods', () => {
    const text = grpc(`{parentRefs: [{name: edge}], rules: [{matches: [{method: {service: s.S, method: M}}], ${a}}]}`)
    const result = load([...services, text], options)
    expect(result.config?.routes[0]).toMatchObject({
      kind: 'GRPC',
      rules: [{ matches: [{ path: { type: 'Exact', value: '/s.S/M' } }], backends: [{ backend: 'shop/a:8000/grpc' }] }],
    })
    expect(backend(result, 'shop/a:8000/grpc').protocol).toBe('h2c')
  })

  test('has no redirects', () => {
    const text = grpc(
      `{parentRefs: [{name: edge}], rules: [{filters: [{type: RequestRedirect, requestRedirect: {}}], ${a}}]}`,
    )
    expect(only(load([...services, text], options), 'unknown-filter').message).toContain('GRPCRoute')
  })

  test('may have the name of an HTTPRoute', () => {
    const text = grpc(`{parentRefs: [{name: edge}], rules: [{${a}}]}`)
    const { config } = load([...services, route('r', `[{${a}}]`), text], options)
    expect(config?.routes.map(({ kind, name }) => [kind, name])).toEqual([
      ['HTTP', 'r'],
      ['GRPC', 'r@shop/edge/http'],
    ])
  })

  test('with a regular expression that has no bound is refused at its method', () => {
    const text = grpc(
      String.raw`{parentRefs: [{name: edge}], rules: [{matches: [{method: {type: RegularExpression, service: '(a)\1'}}], ${a}}]}`,
    )
    const found = load([...services, text], options).diagnostics.filter(({ severity }) => severity === 'error')
    expect(found.map(({ field }) => field)).toEqual(['spec.rules[0].matches[0].method.value'])
  })
})
