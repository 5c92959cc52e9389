import { describe, expect, test } from 'vitest'

import { objects, paths, reload, ruleConfig, rulesOf } from './exports.case.ts'
import type { Fields } from './exports.case.ts'
import { exportManifests } from './from-config.ts'

const connection = ['connect-failure', 'refused-stream', 'reset']
const portable = { retries: 2, on: [...connection, 503], backoff: { type: 'minimum', base: '100ms' } }

describe('in Gateway API', () => {
  test.for<[string, Fields, Fields | undefined, string[]]>([
    ['that it has words for', portable, { codes: [503], attempts: 2, backoff: '100ms' }, []],
    ['without codes', { ...portable, on: connection, backoff: { type: 'minimum' } }, { attempts: 2 }, []],
    ['that are none', { ...portable, retries: 0 }, undefined, ['retries']],
    ['with jitter', { retries: 1 }, { attempts: 1 }, ['backoff.type']],
    [
      'on everything',
      { ...portable, on: ['5xx', 'retriable-4xx', 'rate-limited', 503] },
      { codes: [500, 502, 503, 504, 409, 429], attempts: 2, backoff: '100ms' },
      ['on'],
    ],
    [
      'on less',
      { ...portable, on: ['reset', 'gateway-error'] },
      { codes: [502, 503, 504], attempts: 2, backoff: '100ms' },
      ['on'],
    ],
    ['with a clock', { ...portable, perTry: '5s' }, { codes: [503], attempts: 2, backoff: '100ms' }, ['perTry']],
    [
      'with a longest wait',
      { ...portable, backoff: { type: 'minimum', base: '1s', max: '2s' } },
      { codes: [503], attempts: 2, backoff: '1s' },
      ['backoff.max'],
    ],
  ])('retries %s', ([_, retry, expected, unsaid]) => {
    const source = ruleConfig({ retry })
    expect(rulesOf(source, 'gateway-api')[0]?.['retry']).toEqual(expected)
    expect(paths(source, 'gateway-api')).toEqual(unsaid.map((path) => `routes["chat"].rules[0].retry.${path}`))
  })
})

describe('in kgateway', () => {
  const policyOf = (retry: Fields): unknown =>
    objects(ruleConfig({ retry })).find(({ kind }) => kind === 'TrafficPolicy')?.spec['retry']

  test.for<[string, Fields, Fields | undefined, string[]]>([
    ['that HTTPRoute has words for', portable, undefined, []],
    [
      'of Envoy',
      { retries: 3, on: ['5xx', 'reset', 409], perTry: '30s', backoff: { base: '100ms' } },
      {
        attempts: 3,
        retryOn: ['5xx', 'reset'],
        statusCodes: [409],
        perTryTimeout: '30s',
        backoffBaseInterval: '100ms',
      },
      [],
    ],
    ['that are none', { retries: 0, on: ['5xx'] }, { attempts: 0, retryOn: ['5xx'] }, []],
    ['on 429', { retries: 1, on: ['rate-limited', 429] }, { attempts: 1, statusCodes: [429] }, []],
    [
      'with a longest wait',
      { retries: 1, on: ['5xx'], backoff: { base: '100ms', max: '2s' } },
      { attempts: 1, retryOn: ['5xx'], backoffBaseInterval: '100ms' },
      ['backoff.max'],
    ],
    [
      'with a least wait and a clock',
      { ...portable, perTry: '1s' },
      { attempts: 2, retryOn: connection, statusCodes: [503], perTryTimeout: '1s', backoffBaseInterval: '100ms' },
      ['backoff.type'],
    ],
    [
      'at once',
      { retries: 1, on: ['5xx'], backoff: { base: 0 } },
      { attempts: 1, retryOn: ['5xx'], backoffBaseInterval: '1ms' },
      ['backoff.base'],
    ],
  ])('retries %s', ([_, retry, expected, unsaid]) => {
    expect(policyOf(retry)).toEqual(expected)
    const source = ruleConfig({ retry })
    expect(paths(source, 'kgateway')).toEqual(unsaid.map((path) => `routes["chat"].rules[0].retry.${path}`))
    if (unsaid.length > 0 || retry['on'] === undefined || policyOf(retry) === undefined) return
    const [rule] = reload(exportManifests(source, 'kgateway').yaml).routes[0]?.rules ?? []
    const on = (known: typeof rule): unknown => known?.retry?.on.map((name) => (name === 'rate-limited' ? 429 : name))
    expect(new Set(on(rule) as [])).toEqual(new Set(on(source.routes[0]?.rules[0]) as []))
  })

  test('the words of HTTPRoute are used where they suffice', () => {
    expect(rulesOf(ruleConfig({ retry: portable }))[0]?.['retry']).toEqual({
      codes: [503],
      attempts: 2,
      backoff: '100ms',
    })
  })
})
