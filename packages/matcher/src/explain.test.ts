import { describe, expect, test } from 'vitest'
import { compile } from './compile.ts'
import { explain, type Loss } from './explain.ts'
import { request } from './facts.case.ts'
import { match } from './match.ts'
import type { Match, Route } from './rule.ts'

const route = (name: string, match: Match, more: Partial<Route<string>> = {}): Route<string> => ({
  name,
  rules: [{ value: name, matches: [match] }],
  ...more,
})
const chat = { type: 'PathPrefix', value: '/v1/chat' } as const

const table = compile([
  route('other host', { path: chat }, { hostnames: ['b.test'] }),
  route('other path', { path: { type: 'Exact', value: '/v1' } }),
  route('other method', { path: chat, method: 'GET' }),
  route('other header', { path: chat, headers: [{ name: 'Model', value: 'gpt-5' }] }),
  route('missing header', {
    path: chat,
    headers: [
      { name: 'model', value: 'gpt-4' },
      { name: 'tenant', value: 't' },
    ],
  }),
  route('other query', { path: chat, query: [{ name: 'beta', value: '1' }] }),
  route('winner', { path: chat, headers: [{ name: 'model', value: 'gpt-4' }] }),
  route('shorter', { path: { type: 'PathPrefix', value: '/v1' } }),
  route('registered later', { path: chat, headers: [{ name: 'model', value: 'gpt-4' }] }),
])
const facts = request('POST a.test/v1/chat?beta=2', { model: 'gpt-4' })

test('every loser has the first reason for which it lost, the nearest first', () => {
  const { winner, losers } = explain(table, facts, 100)
  expect(winner).toBe(match(table, facts))
  expect(losers.map(({ row, loss }): [string, Loss] => [row.value, loss])).toEqual([
    ['registered later', { reason: 'outranked', by: 'registration' }],
    ['shorter', { reason: 'outranked', by: 'path-length' }],
    ['other query', { reason: 'query', expected: { name: 'beta', value: '1' }, actual: '2' }],
    ['missing header', { reason: 'header', expected: { name: 'tenant', value: 't' }, actual: undefined }],
    ['other header', { reason: 'header', expected: { name: 'Model', value: 'gpt-5' }, actual: 'gpt-4' }],
    ['other method', { reason: 'method', expected: 'GET', actual: 'POST' }],
    ['other path', { reason: 'path', expected: { type: 'Exact', value: '/v1' }, actual: '/v1/chat' }],
    ['other host', { reason: 'host', expected: 'b.test', actual: 'a.test' }],
  ])
})

test('five losers are named unless more or fewer are asked for', () => {
  expect(explain(table, facts).losers).toHaveLength(5)
  expect(explain(table, facts, 2).losers.map(({ row }) => row.value)).toEqual(['registered later', 'shorter'])
  expect(explain(table, facts, 0).losers).toEqual([])
})

test('without a winner the losers are named all the same', () => {
  const { winner, losers } = explain(table, request('POST a.test/v2'), 1)
  expect(winner).toBeUndefined()
  expect(losers.map(({ loss }) => loss.reason)).toEqual(['path'])
})

describe('a match under several host names', () => {
  const many = compile([
    route('winner', {}, { hostnames: ['a.test', '*.test'] }),
    route('loser', { method: 'GET' }, { hostnames: ['x.test', '*.test'] }),
  ])

  test('is named once, by its nearest row', () => {
    expect(explain(many, facts).losers).toMatchObject([
      { row: { value: 'loser', hostname: '*.test' }, loss: { reason: 'method' } },
    ])
  })
})

test('a winner that would lose alone is explained by the cycle', () => {
  const cyclic = compile([
    route('c', {}, { createdAt: 2 }),
    route('a', {}, { namespace: 'b', createdAt: 1 }),
    route('a', {}, { namespace: 'a' }),
  ])
  const { losers } = explain(cyclic, facts)
  expect(losers.map(({ loss }) => loss.reason === 'outranked' && loss.by)).toContain('cycle')
})
