import { describe, expect, test } from 'vitest'

import { config, objects, paths, reload } from './exports.case.ts'
import type { Fields } from './exports.case.ts'
import { exportManifests } from './from-config.ts'

type Rules = readonly (readonly string[])[]

interface RouteParts {
  readonly namespace?: string
  readonly listeners?: readonly string[]
  readonly rules: Rules
}

const bucket = { tokens: 10, every: '1s' as const, burst: 20 }

/** Routes `a`, `b`, … whose rules take from these limits. */
function limited(limits: readonly string[], routes: readonly RouteParts[], listeners: readonly string[] = []) {
  return config({
    listeners: listeners.map((name, index) => ({ name, port: 80 + index, protocol: 'HTTP' })),
    limits: limits.map((name) => ({ name, ...bucket })),
    routes: routes.map(({ rules, ...route }, index) => {
      return { name: 'abc'[index] ?? '', ...route, rules: rules.map((used) => ({ limits: used })) }
    }),
  })
}

function policies(source: ReturnType<typeof config>): readonly unknown[] {
  return objects(source)
    .filter(({ kind }) => kind === 'TrafficPolicy')
    .map(({ metadata, spec }) => {
      const targets = (spec['targetRefs'] as readonly Readonly<Record<string, string>>[] | undefined)?.map(
        ({ kind = '', name = '', sectionName }) => {
          return [kind, name, sectionName].filter((part) => part !== undefined).join(' ')
        },
      )
      return [`${metadata.namespace}/${metadata.name}`, targets, metadata.annotations?.['headgate.dev/limit']]
    })
}

function back(source: ReturnType<typeof config>): readonly unknown[] {
  const { limits, routes } = reload(exportManifests(source, 'kgateway').yaml)
  return [limits.map(({ name }) => name), ...routes.map(({ rules }) => rules.map((rule) => rule.limits))]
}

describe('a bucket', () => {
  test('of one route is a policy for the route', () => {
    const source = limited(['all of us'], [{ rules: [['all of us'], ['all of us']] }])
    expect(policies(source)).toEqual([['default/all-of-us', ['HTTPRoute a'], 'all of us']])
    expect(back(source)).toEqual([['all of us'], [['all of us'], ['all of us']]])
  })

  test('of some rules is a policy that they refer to', () => {
    const source = limited(['l'], [{ rules: [['l'], [], ['l']] }])
    expect(policies(source)).toEqual([['default/l', undefined, 'l']])
    expect(back(source)).toEqual([['l'], [['l'], [], ['l']]])
  })

  test('of all that a Gateway takes is a policy for the Gateway', () => {
    const source = limited(['l'], [{ rules: [['l']] }, { rules: [['l'], ['l']] }])
    expect(policies(source)).toEqual([['default/l', ['Gateway headgate'], 'l']])
    expect(paths(source, 'kgateway')).toEqual([])
    expect(back(source)).toEqual([['l'], [['l']], [['l'], ['l']]])
  })

  test('of all that a listener takes is a policy for the listener', () => {
    const on = (name: string) => ({ namespace: 's', listeners: [`s/g/${name}`] })
    const source = limited(
      ['l'],
      [
        { ...on('x'), rules: [['l']] },
        { ...on('x'), rules: [['l']] },
        { ...on('y'), rules: [[]] },
      ],
      ['s/g/x', 's/g/y'],
    )
    expect(policies(source)).toEqual([['s/l', ['Gateway g x'], 'l']])
    expect(back(source)).toEqual([['l'], [['l']], [['l']], [[]]])
  })

  test.for<[string, RouteParts[]]>([
    ['not every route', [{ rules: [['l']] }, { rules: [['l']] }, { rules: [[]] }]],
    ['not every rule', [{ rules: [['l']] }, { rules: [['l'], []] }]],
  ])('of several routes, but %s there, is one for each, and this is told', ([_, routes]) => {
    const source = limited(['l'], routes)
    expect(paths(source, 'kgateway')).toEqual(['limits["l"]'])
    expect(policies(source).length).toBe(2)
    expect((back(source)[0] as string[]).toSorted()).toEqual([
      'default/l-a/HTTPRoute/a/local',
      'default/l-b/HTTPRoute/b/local',
    ])
    const { yaml } = exportManifests(source, 'kgateway')
    expect(exportManifests(reload(yaml), 'kgateway').yaml).toBe(yaml)
  })

  test('that was read from a policy goes back into it, with all that it was for', () => {
    const names = ['s/p/HTTPRoute/a/local', 's/p/HTTPRoute/b/local', 's/q/HTTPRoute/c/rule/local']
    const source = limited(
      names,
      names.map((name) => ({ namespace: 's', rules: [[name]] })),
    )
    expect(policies(source)).toEqual([
      ['s/p', ['HTTPRoute a', 'HTTPRoute b'], undefined],
      ['s/s-q-httproute-c-rule-local', ['HTTPRoute c'], 's/q/HTTPRoute/c/rule/local'],
    ])
    expect(back(source)).toEqual([names, ...names.map((name) => [[name]])])
  })

  test('that was read from a policy for a Gateway goes back into it', () => {
    const name = 's/p/Gateway/g/x/local'
    const source = limited([name], [{ namespace: 's', rules: [[name]] }], ['s/g/x'])
    expect(policies(source)).toEqual([['s/p', ['Gateway g x'], undefined]])
    expect(back(source)).toEqual([[name], [[name]]])
  })

  test('has its rate and its burst', () => {
    const specs = (limit: Fields): unknown => {
      const source = config({
        limits: [{ name: 'l', ...bucket, ...limit }],
        routes: [{ name: 'a', rules: [{ limits: ['l'] }] }],
      })
      return objects(source).find(({ kind }) => kind === 'TrafficPolicy')?.spec['rateLimit']
    }
    const of = (maxTokens: number, tokensPerFill: number, fillInterval: string) => ({
      local: { tokenBucket: { maxTokens, tokensPerFill, fillInterval } },
    })
    expect(specs({})).toEqual(of(20, 10, '1s'))
    // Envoy takes no interval below 50 ms.
    expect(specs({ every: '20ms' })).toEqual(of(20, 30, '60ms'))
  })
})

test('what kgateway has no bucket for is told', () => {
  const source = config({
    limits: [
      { name: 'one', ...bucket },
      { name: 'two', ...bucket, fill: 'stepped' },
      { name: 'tenant', ...bucket, per: { header: 'x-tenant-id' } },
      { name: 'key', ...bucket, per: { key: 'ours' } },
      { name: 'unused', ...bucket },
    ],
    routes: [
      { name: 'a', rules: [{ limits: ['tenant', 'one', 'two', 'key'] }] },
      { name: 'b', rules: [{ limits: ['two'] }] },
    ],
  })
  expect(paths(source, 'kgateway').toSorted()).toEqual([
    'limits["key"].per',
    'limits["tenant"].per',
    'limits["two"].fill',
    'limits["unused"]',
    'routes["a"].rules[0].limits[2]',
  ])
  const names = ['key', 'one', 'tenant', 'two', 'unused']
  expect(paths(source, 'gateway-api').toSorted()).toEqual(names.map((name) => `limits["${name}"]`))
  expect(objects(source, 'gateway-api').some(({ kind }) => kind === 'TrafficPolicy')).toBe(false)
})
