import type { GatewayConfigInput } from '@headgate/config'
import { expect, test } from 'vitest'

import { config } from './exports.case.ts'
import { swappedPairs } from './order.ts'

type RouteInput = NonNullable<GatewayConfigInput['routes']>[number]

const on = (value: string): RouteInput['rules'] => [{ matches: [{ headers: [{ name: 'x', value }] }] }]

type Declared = readonly [id: string, route: Omit<RouteInput, 'name'>]

/** Routes by their names here, with the ids of their objects, in the order of declaration. */
function pairs(routes: readonly Declared[]): readonly string[] {
  const listeners = ['a', 'b'].map((name, index) => ({
    name: `s/g/${name}`,
    port: 80 + index,
    protocol: 'HTTP' as const,
  }))
  const { routes: known } = config({ listeners, routes: routes.map(([id, route]) => ({ name: id, ...route })) })
  const ordered = known.map((route) => ({ route, id: `default/${route.name}` }))
  return swappedPairs(ordered).map(([first, second]) => `${first.id} ${second.id}`)
}

const any = { rules: [{}] }

test.for<[string, Declared[], string[]]>([
  [
    'the order of declaration goes the other way',
    [
      ['b', any],
      ['a', any],
    ],
    ['default/b default/a'],
  ],
  [
    'the names go the same way',
    [
      ['a', any],
      ['b', any],
    ],
    [],
  ],
  [
    'a header tells them apart',
    [
      ['b', { rules: on('1') }],
      ['a', { rules: on('2') }],
    ],
    [],
  ],
  [
    'two headers may both be there',
    [
      ['b', { rules: on('1') }],
      ['a', { rules: [{ matches: [{ headers: [{ name: 'y', value: '1' }] }] }] }],
    ],
    ['default/b default/a'],
  ],
  [
    'one has a longer path',
    [
      ['b', { rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/a' } }] }] }],
      ['a', any],
    ],
    [],
  ],
  [
    'a trailing slash is no difference',
    [
      ['b', { rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/a/' } }] }] }],
      ['a', { rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/a' } }] }] }],
    ],
    ['default/b default/a'],
  ],
  [
    'their hosts differ',
    [
      ['b', { ...any, hostnames: ['b.com'] }],
      ['a', { ...any, hostnames: ['a.com'] }],
    ],
    [],
  ],
  [
    'one has a host',
    [
      ['b', { ...any, hostnames: ['b.com'] }],
      ['a', any],
    ],
    [],
  ],
  [
    'their listeners differ',
    [
      ['b', { ...any, listeners: ['s/g/a'] }],
      ['a', { ...any, listeners: ['s/g/b'] }],
    ],
    [],
  ],
  [
    'one is on every listener',
    [
      ['b', { ...any, listeners: ['s/g/a'] }],
      ['a', any],
    ],
    ['default/b default/a'],
  ],
  [
    'one is on none',
    [
      ['b', { ...any, listeners: [] }],
      ['a', any],
    ],
    [],
  ],
  [
    'the older goes first here',
    [
      ['a', { ...any, createdAt: 2 }],
      ['b', { ...any, createdAt: 1 }],
    ],
    ['default/b default/a'],
  ],
  [
    'names with a namespace decide here too',
    [
      ['b', { ...any, namespace: 's' }],
      ['a', { ...any, namespace: 's' }],
    ],
    [],
  ],
])('pairs are told where %s', ([_, routes, expected]) => {
  expect(pairs(routes)).toEqual(expected)
})
