import { expect, test } from 'vitest'

import { backendConfig, bare, objectOf, objects, paths, reload, ruleConfig, rulesOf } from './exports.case.ts'
import { exportManifests } from './from-config.ts'

const dialects = ['gateway-api', 'kgateway'] as const

const sayable: readonly [object, object][] = [
  [{}, { type: 'Cookie' }],
  [{ name: 'model-session' }, { sessionName: 'model-session', type: 'Cookie' }],
  [
    { type: 'Header', name: 'X-Session', absoluteTimeout: '90s' },
    { sessionName: 'X-Session', type: 'Header', absoluteTimeout: '90s' },
  ],
  [
    { lifetime: 'Permanent', absoluteTimeout: '720h' },
    { type: 'Cookie', absoluteTimeout: '720h', cookieConfig: { lifetimeType: 'Permanent' } },
  ],
]

test.for(sayable)('a session %j of a rule is written as %j', ([session, written]) => {
  const source = ruleConfig({ session })
  for (const dialect of dialects) {
    expect(rulesOf(source, dialect)[0]?.['sessionPersistence']).toEqual(written)
    expect(paths(source, dialect)).toEqual([])
  }
})

test.for(sayable)('a session %j of a backend is written as %j, in a policy that is read back', ([session, written]) => {
  const source = backendConfig({ session })
  for (const dialect of dialects) {
    expect(objectOf(source, 'XBackendTrafficPolicy', dialect).spec).toEqual({
      targetRefs: [expect.objectContaining({ name: 'stable' })],
      sessionPersistence: written,
    })
    expect(paths(source, dialect)).toEqual([])
    const { yaml } = exportManifests(source, dialect)
    expect(bare(reload(yaml))).toMatchObject({ backends: [{ session: source.backends[0]?.session }] })
  }
})

test('a retry budget and a session of a backend share a policy', () => {
  const source = backendConfig({ session: {}, retryBudget: { percent: 50 } })
  const { spec } = objectOf(source, 'XBackendTrafficPolicy', 'gateway-api')
  expect(Object.keys(spec)).toEqual(['targetRefs', 'retryConstraint', 'sessionPersistence'])
  expect(objects(backendConfig({})).map(({ kind }) => kind)).not.toContain('XBackendTrafficPolicy')
})

test('what Gateway API has no words for is told', () => {
  const session = { idleTimeout: '1m', strict: true, path: '/v1' }
  const place = 'routes["chat"].rules[0].session'
  const source = ruleConfig({ session }, { sessionKey: { env: 'KEY' } })
  for (const dialect of dialects) {
    expect(rulesOf(source, dialect)[0]?.['sessionPersistence']).toEqual({ type: 'Cookie' })
    expect(paths(source, dialect)).toEqual([`${place}.idleTimeout`, `${place}.strict`, `${place}.path`, 'sessionKey'])
  }
  expect(exportManifests(source, 'kgateway').yaml).not.toContain('KEY')
  expect(paths(backendConfig({ session: { strict: true } }), 'kgateway')).toEqual(['backends["stable"].session.strict'])
})
