import { pathProblem } from '@headgate/matcher'
import { expect, test } from 'vitest'

import { grpcMatch, httpMatch } from './matches.ts'

test.for([
  [{}, {}],
  [{ path: {} }, { path: { type: 'PathPrefix', value: '/' } }],
  [{ path: { value: '/a' } }, { path: { type: 'PathPrefix', value: '/a' } }],
  [{ path: { type: 'Exact', value: '/a' } }, { path: { type: 'Exact', value: '/a' } }],
  [{ method: 'GET' }, { method: 'GET' }],
  [{ headers: [{ name: 'A', value: '1' }] }, { headers: [{ name: 'A', value: '1' }] }],
  [
    { queryParams: [{ type: 'RegularExpression', name: 'a', value: '.*' }] },
    { query: [{ type: 'RegularExpression', name: 'a', value: '.*' }] },
  ],
] as const)('%j becomes %j', ([body, match]) => {
  expect(httpMatch(body)).toEqual(match)
})

test.for([
  [{}, undefined],
  [{ service: '', method: '' }, undefined],
  [
    { service: 'a.B', method: 'C' },
    { type: 'Exact', value: '/a.B/C' },
  ],
  [{ service: 'a.B' }, { type: 'PathPrefix', value: '/a.B' }],
  [{ method: 'C' }, { type: 'RegularExpression', value: '/([^/]+)/(C)' }],
  [{ method: 'C.d' }, { type: 'RegularExpression', value: String.raw`/([^/]+)/(C\.d)` }],
  [
    { type: 'RegularExpression', service: 'a|b', method: 'C.*' },
    { type: 'RegularExpression', value: '/(a|b)/(C.*)' },
  ],
  [
    { type: 'RegularExpression', service: 'a' },
    { type: 'RegularExpression', value: '/(a)/([^/]+)' },
  ],
] as const)('the gRPC method %j is the path %j', ([method, path]) => {
  expect(grpcMatch({ method }).path).toEqual(path)
  expect(path === undefined ? undefined : pathProblem(path)).toBeUndefined()
})
