import type { MatchConfig } from '@headgate/config'
import { describe, expect, test } from 'vitest'

import type { GrpcMatchBody } from '../resources/routes.ts'
import { grpcMatch, httpMatch } from '../routes/matches.ts'
import { grpcMatchOf, httpMatchOf } from './matches.ts'

describe('a match of an HTTPRoute', () => {
  test.for<[MatchConfig]>([
    [{}],
    [{ path: { type: 'RegularExpression', value: '/v[12]/.*' }, method: 'POST' }],
    [
      {
        headers: [
          { name: 'x-a', value: '' },
          { type: 'RegularExpression', name: 'x-b', value: 'c|d' },
        ],
        query: [{ type: 'Exact', name: 'q', value: 'r' }],
      },
    ],
  ])('means what it meant: %j', ([config]) => {
    const said = httpMatchOf(config)
    expect('match' in said && httpMatch(said.match)).toEqual(config)
  })

  test('is not said at all for a method that HTTPRoute does not know', () => {
    expect(httpMatchOf({ method: 'PROPFIND', path: { type: 'Exact', value: '/a' } })).toEqual({
      unsaid: 'HTTPRoute knows no method PROPFIND',
    })
  })
})

describe('a match of a GRPCRoute', () => {
  test.for<[GrpcMatchBody['method'], string]>([
    [undefined, ''],
    [{ service: 'a.Chat', method: 'Say' }, 'Exact'],
    [{ service: 'a.Chat' }, 'PathPrefix'],
    [{ method: 'Say' }, 'RegularExpression'],
    [{ method: 'Get.It' }, 'RegularExpression'],
    [{ type: 'RegularExpression', service: 'a|b', method: '(C)+' }, 'RegularExpression'],
    [{ type: 'RegularExpression', service: 'a.+' }, 'RegularExpression'],
  ])('is the one that it was read from: %j', ([method, type]) => {
    const config = grpcMatch({ ...(method && { method }), headers: [{ name: 'x', value: 'y' }] })
    expect(config.path?.type ?? '').toBe(type)
    expect(grpcMatchOf(config)).toEqual({ match: { ...(method && { method }), headers: [{ name: 'x', value: 'y' }] } })
  })

  test.for<[MatchConfig]>([
    [{ path: { type: 'Exact', value: '/a' } }],
    [{ path: { type: 'Exact', value: '/a/b/c' } }],
    [{ path: { type: 'PathPrefix', value: '/' } }],
    [{ path: { type: 'PathPrefix', value: '/a/b' } }],
    [{ path: { type: 'RegularExpression', value: '/a.*' } }],
    [{ method: 'POST' }],
    [{ query: [{ name: 'a', value: 'b' }] }],
  ])('is not said at all for what a GRPCRoute cannot match: %j', ([config]) => {
    expect(grpcMatchOf(config)).toHaveProperty('unsaid')
  })
})
