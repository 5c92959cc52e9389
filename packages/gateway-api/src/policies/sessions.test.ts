import { describe, expect, test } from 'vitest'

import { backend, edge, load, object, only, resolve, route, rules, service, told } from '../manifests.case.ts'

const a = 'backendRefs: [{name: a, port: 8000}]'
const both = 'backendRefs: [{name: a, port: 8000, weight: 9}, {name: b, port: 8000, weight: 1}]'
const base = [edge, service('a'), service('b')]
const options = { resolve: resolve('a', 'b') }
const cookie = { type: 'Cookie', lifetime: 'Session', strict: false }

const lbPolicy = (name: string, of: string, session: string): string =>
  object(
    'gateway.networking.k8s.io/v1alpha2',
    'BackendLBPolicy',
    name,
    `{targetRefs: [{group: "", kind: Service, name: ${of}}], sessionPersistence: ${session}}`,
  )

describe('a rule with sessionPersistence', () => {
  const withSession = (session: string) =>
    load([...base, route('r', `[{${a}, sessionPersistence: ${session}}]`)], options)

  test.for<[string, object]>([
    ['{}', cookie],
    ['{sessionName: s, type: Cookie}', { ...cookie, name: 's' }],
    ['{sessionName: S, type: Header}', { ...cookie, type: 'Header', name: 'S' }],
    ['{absoluteTimeout: 720h}', { ...cookie, absoluteTimeout: 720 * 3_600_000 }],
    ['{absoluteTimeout: 0s, idleTimeout: 0s}', cookie],
    ['{idleTimeout: 1m}', { ...cookie, idleTimeout: 60_000 }],
    [
      '{absoluteTimeout: 10s, cookieConfig: {lifetimeType: Permanent}}',
      { ...cookie, lifetime: 'Permanent', absoluteTimeout: 10_000 },
    ],
    ['{cookieConfig: {lifetimeType: Session}}', cookie],
    ['{cookie: {name: s, path: /v1}}', { ...cookie, name: 's', path: '/v1' }],
    [
      '{cookie: {lifetimeType: Permanent}, absoluteTimeout: 1h}',
      { ...cookie, lifetime: 'Permanent', absoluteTimeout: 3_600_000 },
    ],
    ['{type: Header, header: {name: x-session}}', { ...cookie, type: 'Header', name: 'x-session' }],
    ['{sessionName: old, cookie: {name: new}}', { ...cookie, name: 'new' }],
  ])('%s keeps that session', ([text, session]) => {
    const result = withSession(text)
    expect(rules(result)[0]?.session).toEqual(session)
    expect(rules(result)[0]?.origins?.['session']).toMatch(/^a\.yaml:\d+$/)
  })

  test.for<[string, string, string]>([
    ['{sessionName: old, cookie: {name: new}}', 'without-effect', 'sessionName'],
    ['{header: {name: x}}', 'without-effect', 'header'],
    ['{type: Header, sessionName: s, cookieConfig: {lifetimeType: Session}}', 'without-effect', 'cookieConfig'],
    ['{type: Header, sessionName: s, cookie: {name: c}}', 'without-effect', 'cookie'],
  ])('%s is told %s at %s', ([text, code, field]) => {
    const { field: at } = only(withSession(text), code)
    expect(at).toBe(`spec.rules[0].sessionPersistence.${field}`)
  })

  test('of a header without a name keeps none, and says so', () => {
    const result = withSession('{type: Header}')
    expect(rules(result)[0]?.session).toBeUndefined()
    expect(told(result)).toEqual(['warning session-without-name HTTPRoute shop/r spec.rules[0].sessionPersistence'])
  })

  test.for([
    '{cookieConfig: {lifetimeType: Permanent}}',
    '{sessionName: "a b"}',
    '{cookie: {path: "/a; Domain=b"}}',
    '{type: Header, sessionName: Content-Length}',
    '{absoluteTimeout: 10}',
    '{type: Query}',
  ])('%s, which no API server would take or no cookie could carry, is an error with its place', (text) => {
    const { config, diagnostics } = withSession(text)
    expect(config).toBeUndefined()
    const [error] = diagnostics.filter(({ severity }) => severity === 'error')
    expect(error).toMatchObject({ file: 'a.yaml', object: 'HTTPRoute shop/r' })
    expect(error?.field).toContain('spec.rules[0].sessionPersistence')
  })

  test('of a GRPCRoute as well', () => {
    const grpc = `
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: {name: g, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules: [{${a}, sessionPersistence: {type: Header, sessionName: x-session}}]
`
    expect(rules(load([...base, grpc], options))[0]?.session).toMatchObject({ type: 'Header', name: 'x-session' })
  })
})

describe('a policy with sessionPersistence', () => {
  test('gives its backend a session, of either kind', () => {
    const policies = [
      lbPolicy('p', 'a', '{sessionName: model-session, type: Cookie}'),
      object(
        'gateway.networking.x-k8s.io/v1alpha1',
        'XBackendTrafficPolicy',
        'q',
        '{targetRefs: [{group: "", kind: Service, name: b}], retryConstraint: {}, sessionPersistence: {absoluteTimeout: 1m}}',
      ),
    ]
    const result = load([...base, route('r', `[{${both}}]`), ...policies], options)
    expect(backend(result, 'shop/a:8000').session).toEqual({ ...cookie, name: 'model-session' })
    expect(backend(result, 'shop/b:8000').session).toEqual({ ...cookie, absoluteTimeout: 60_000 })
    expect(rules(result)[0]?.session).toBeUndefined()
    expect(told(result).filter((line) => line.startsWith('warning'))).toEqual([])
  })

  test('of two for one backend the first counts', () => {
    const result = load(
      [...base, route('r', `[{${a}}]`), lbPolicy('p', 'a', '{sessionName: s}'), lbPolicy('q', 'a', '{sessionName: t}')],
      options,
    )
    expect(backend(result, 'shop/a:8000').session?.name).toBe('s')
    expect(only(result, 'policy-conflict').object).toBe('BackendLBPolicy shop/q')
  })

  test('that names the cookie of another backend of a split keeps none', () => {
    const policies = [lbPolicy('p', 'a', '{sessionName: same}'), lbPolicy('q', 'b', '{sessionName: same}')]
    const result = load([...base, route('r', `[{${both}}]`), ...policies], options)
    expect(backend(result, 'shop/a:8000').session?.name).toBe('same')
    expect(backend(result, 'shop/b:8000').session).toBeUndefined()
    expect(only(result, 'session-conflict')).toMatchObject({
      severity: 'warning',
      object: 'BackendLBPolicy shop/q',
      field: 'spec.sessionPersistence',
    })
  })

  test('does so beside a session of the rule, which stands for all of its backends', () => {
    const policies = [lbPolicy('p', 'a', '{sessionName: same}'), lbPolicy('q', 'b', '{sessionName: same}')]
    const result = load([...base, route('r', `[{${both}, sessionPersistence: {}}]`), ...policies], options)
    expect(rules(result)[0]?.session).toEqual(cookie)
    expect(told(result).filter((line) => line.startsWith('warning'))).toEqual([])
  })
})
