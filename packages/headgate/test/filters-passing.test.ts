/** Filters that change requests and replies on their way, over real sockets: rewrites and header modifiers, in order. */

import { describe, expect, test } from 'vitest'
import { failure, json, rawRequest, refusingUrl, reply, startUpstream } from '@headgate/testing'
import type { Field, ReceivedRequest } from '@headgate/testing'
import { chat, oneRoute, question, serve } from './serve.ts'

type Rule = NonNullable<Parameters<typeof oneRoute>[1]>
type Filter = NonNullable<Rule['filters']>[number]
type Rewrite = Extract<Filter, { type: 'URLRewrite' }>
type NewPath = NonNullable<Rewrite['path']>
type Match = NonNullable<Rule['matches']>[number]

const path = (type: 'Exact' | 'PathPrefix', value: string): Match => ({ path: { type, value } })
const replace = (value: string): NewPath => ({ type: 'ReplacePrefixMatch', value })

/** What the backend got of one request. */
async function forwarded(
  rule: Rule,
  target: string,
  headers: readonly Field[] = [['host', 'h.test']],
): Promise<ReceivedRequest> {
  await using upstream = await startUpstream()
  await using served = await serve(oneRoute({ a: upstream.url }, rule))
  await rawRequest(served.url, { target, headers })
  return upstream.request(1)
}

describe('a rewrite', () => {
  test.for<[string, Match, NewPath, string, string]>([
    [
      'a prefix by another',
      path('PathPrefix', '/v1'),
      replace('/openai/v1'),
      '/v1/chat?x=%2F',
      '/openai/v1/chat?x=%2F',
    ],
    ['a prefix by nothing', path('PathPrefix', '/llm'), replace(''), '/llm/v1/chat', '/v1/chat'],
    ['a prefix that is all', path('PathPrefix', '/llm'), replace('/'), '/llm', '/'],
    ['the prefix of every path', path('PathPrefix', '/'), replace('/v1'), '/chat/', '/v1/chat/'],
    [
      'a whole path',
      path('PathPrefix', '/v1'),
      { type: 'ReplaceFullPath', value: '/only' },
      '/v1/chat?q=1',
      '/only?q=1',
    ],
    ['a path that was matched exactly', path('Exact', '/a'), { type: 'ReplaceFullPath', value: '/b' }, '/a', '/b'],
    [
      'bytes that it does not decode',
      path('PathPrefix', '/v1'),
      replace('/v2'),
      '/v1/a%20b%2Fc//d',
      '/v2/a%20b%2Fc//d',
    ],
  ])('replaces %s', async ([, match, modifier, target, expected]) => {
    const rule: Rule = {
      matches: [match],
      filters: [{ type: 'URLRewrite', path: modifier }],
    }
    expect((await forwarded(rule, target)).target).toBe(expected)
  })

  test('replaces the prefix of the match that took the request', async () => {
    const rule: Rule = {
      matches: [path('PathPrefix', '/long/prefix'), path('PathPrefix', '/long')],
      filters: [{ type: 'URLRewrite', path: replace('/new') }],
    }
    expect((await forwarded(rule, '/long/prefix/x')).target).toBe('/new/x')
    expect((await forwarded(rule, '/long/other/x')).target).toBe('/new/other/x')
  })

  test('replaces the host, and tells the backend which one was asked for', async () => {
    const request = await forwarded({ filters: [{ type: 'URLRewrite', hostname: 'model.internal' }] }, chat, [
      ['host', 'h.test:8080'],
    ])
    expect([request.values('host'), request.target]).toEqual([['model.internal'], chat])
    expect(request.values('x-forwarded-host')).toEqual(['h.test:8080'])
  })

  test('of a backendRef follows that of the rule, whose prefix is replaced once', async () => {
    const rewrite = (value: string, hostname: string): Filter => ({
      type: 'URLRewrite',
      path: replace(value),
      hostname,
    })
    const rule: Rule = {
      matches: [path('PathPrefix', '/v1')],
      filters: [rewrite('/v1/rule', 'rule.test')],
      backends: [{ backend: 'a', filters: [rewrite('/ref', 'ref.test')] }],
    }
    const request = await forwarded(rule, '/v1/chat')
    expect([request.target, request.header('host')]).toEqual(['/v1/rule/chat', 'ref.test'])
  })

  test('is made anew for each attempt', async () => {
    await using upstream = await startUpstream([failure(503), json({})])
    const retry = { retries: 1, on: [503], backoff: { base: 1, max: 1 } }
    const filters: Filter[] = [
      { type: 'URLRewrite', path: replace('/v1/v1') },
      { type: 'RequestHeaderModifier', add: [{ name: 'x-tag', value: 'b' }] },
    ]
    await using served = await serve(
      oneRoute({ a: upstream.url }, { matches: [path('PathPrefix', '/v1')], filters, retry }),
    )
    await fetch(served.url + chat, { ...question, headers: { 'x-tag': 'a' } })
    expect(upstream.requests.map((request) => [request.target, request.header('x-tag')])).toEqual([
      ['/v1/v1/chat/completions', 'a, b'],
      ['/v1/v1/chat/completions', 'a, b'],
    ])
  })
})

describe('header modifiers', () => {
  const fields = (values: Readonly<Record<string, string>>): { name: string; value: string }[] =>
    Object.entries(values).map(([name, value]) => ({ name, value }))

  test('set, add and remove fields of the request, of every spelling', async () => {
    const filter: Filter = {
      type: 'RequestHeaderModifier',
      set: fields({ 'X-Set': 'new', 'x-fresh': '1' }),
      add: fields({ 'x-add': 'b', 'x-alone': 'c' }),
      remove: ['X-Gone'],
    }
    const request = await forwarded({ filters: [filter] }, '/', [
      ['host', 'h.test'],
      ['x-set', 'old'],
      ['X-SET', 'older'],
      ['X-Add', 'a'],
      ['x-gone', '1'],
      ['X-gone', '2'],
      ['x-kept', 'k'],
    ])
    const names = ['x-set', 'x-fresh', 'x-add', 'x-alone', 'x-gone', 'x-kept']
    expect(names.map((name) => request.values(name))).toEqual([['new'], ['1'], ['a, b'], ['c'], [], ['k']])
  })

  test('the same on replies, and several cookies stay several', async () => {
    await using upstream = await startUpstream(
      reply({
        headers: [
          ['server', 'model'],
          ['x-add', 'a'],
          ['set-cookie', 'a=1'],
          ['x-gone', '1'],
        ],
      }),
    )
    const filter: Filter = {
      type: 'ResponseHeaderModifier',
      set: fields({ Server: 'gateway' }),
      add: fields({ 'x-add': 'b', 'set-cookie': 'b=2' }),
      remove: ['x-gone'],
    }
    await using served = await serve(oneRoute({ a: upstream.url }, { filters: [filter] }))
    const received = await rawRequest(served.url)
    const names = ['server', 'x-add', 'set-cookie', 'x-gone']
    expect(names.map((name) => received.values(name))).toEqual([['gateway'], ['a, b'], ['a=1', 'b=2'], []])
  })

  test('those of the rule come first, then those of the backendRef, each in its order', async () => {
    await using upstream = await startUpstream(reply({ headers: [['x-order', '0']] }))
    const both = (value: string): Filter[] => [
      { type: 'RequestHeaderModifier', add: fields({ 'x-order': value }) },
      { type: 'ResponseHeaderModifier', add: fields({ 'x-order': value }) },
    ]
    const rule: Rule = {
      filters: [...both('1'), ...both('2')],
      backends: [{ backend: 'a', filters: [...both('3'), ...both('4')] }],
    }
    await using served = await serve(oneRoute({ a: upstream.url }, rule))
    const received = await rawRequest(served.url, {
      headers: [
        ['host', 'h'],
        ['x-order', '0'],
      ],
    })
    expect((await upstream.request(1)).values('x-order')).toEqual(['0, 1, 2, 3, 4'])
    expect(received.values('x-order')).toEqual(['0, 1, 2, 3, 4'])
  })

  test('a later filter sees what an earlier one did', async () => {
    const filters: Filter[] = [
      { type: 'RequestHeaderModifier', set: fields({ 'x-a': '1' }) },
      { type: 'RequestHeaderModifier', remove: ['x-a'], set: fields({ 'x-b': '1' }) },
      { type: 'RequestHeaderModifier', add: fields({ 'x-b': '2' }) },
    ]
    const request = await forwarded({ filters }, '/')
    expect([request.values('x-a'), request.values('x-b')]).toEqual([[], ['1, 2']])
  })

  test('those of a backendRef belong to its share', async () => {
    await using a = await startUpstream()
    await using b = await startUpstream()
    const tag = (value: string): Filter[] => [{ type: 'RequestHeaderModifier', set: fields({ 'x-share': value }) }]
    const backends = [
      { backend: 'a', filters: tag('a') },
      { backend: 'b', filters: tag('b') },
    ]
    await using served = await serve(oneRoute({ a: a.url, b: b.url }, { backends }))
    for (let asked = 0; asked < 4; asked++) await fetch(served.url)
    expect(a.requests.map((request) => request.header('x-share'))).toEqual(['a', 'a'])
    expect(b.requests.map((request) => request.header('x-share'))).toEqual(['b', 'b'])
  })

  test('a fallback gets those of the rule alone', async () => {
    await using b = await startUpstream(reply({ headers: [['x-order', '0']] }))
    const both = (value: string): Filter[] => [
      { type: 'RequestHeaderModifier', add: fields({ 'x-order': value }) },
      { type: 'ResponseHeaderModifier', add: fields({ 'x-order': value }) },
    ]
    const rule: Rule = {
      filters: both('rule'),
      backends: [{ backend: 'a', filters: both('a') }],
      fallback: { backends: ['b'] },
    }
    await using served = await serve(oneRoute({ a: await refusingUrl(), b: b.url }, rule))
    const received = await rawRequest(served.url)
    expect([received.values('x-order'), (await b.request(1)).values('x-order')]).toEqual([['0, rule'], ['rule']])
  })

  test('the fields of the backend itself come last', async () => {
    await using upstream = await startUpstream()
    const config = oneRoute(
      {},
      {
        backends: [{ backend: 'a' }],
        filters: [{ type: 'RequestHeaderModifier', set: fields({ authorization: 'of the rule', host: 'rule.test' }) }],
      },
    )
    const headers = fields({ authorization: 'of the backend' })
    await using served = await serve({ ...config, backends: [{ name: 'a', endpoints: [upstream.url], headers }] })
    await rawRequest(served.url, {
      headers: [
        ['host', 'h'],
        ['authorization', 'of the caller'],
      ],
    })
    const request = await upstream.request(1)
    expect([request.values('authorization'), request.values('host')]).toEqual([['of the backend'], ['rule.test']])
  })

  test("the gateway's own answers are left alone", async () => {
    const filters: Filter[] = [
      { type: 'ResponseHeaderModifier', set: fields({ 'x-tag': '1' }), remove: ['x-request-id'] },
    ]
    await using served = await serve(oneRoute({ a: await refusingUrl() }, { filters }))
    const received = await rawRequest(served.url)
    expect([received.status, received.header('x-tag'), received.values('x-request-id').length]).toEqual([
      502,
      undefined,
      1,
    ])
  })
})
