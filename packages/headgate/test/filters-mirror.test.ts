/** Mirrors over real sockets: whose requests are copied, what the copy is, and that it harms nobody. */

import { describe, expect, test } from 'vitest'
import {
  connectRaw,
  failure,
  gate as newGate,
  head,
  json,
  refusingUrl,
  reset,
  silence,
  startUpstream,
  steps,
  wholeRequest,
} from '@headgate/testing'
import type { Script } from '@headgate/testing'
import { chat, oneRoute, question, serve } from './serve.ts'

type Rule = NonNullable<Parameters<typeof oneRoute>[1]>
type Filter = NonNullable<Rule['filters']>[number]

const mirror = (backend: string, numerator = 1, denominator = 1): Filter => ({
  type: 'RequestMirror',
  backend,
  numerator,
  denominator,
})
const backends = [{ backend: 'a' }]

test('a copy is the same request: method, target, fields and body', async () => {
  await using a = await startUpstream(json('a'))
  await using copy = await startUpstream(json('copy'))
  const filters: Filter[] = [
    mirror('copy'),
    { type: 'RequestHeaderModifier', set: [{ name: 'x-tag', value: '1' }] },
    { type: 'URLRewrite', path: { type: 'ReplaceFullPath', value: '/other' } },
  ]
  await using served = await serve(oneRoute({ a: a.url, copy: copy.url }, { backends, filters }))
  const answer = await fetch(`${served.url}${chat}?x=1`, { ...question, headers: { 'x-own': 'o' } })
  expect(await answer.text()).toBe('"a"')
  const seen = async (upstream: typeof a): Promise<unknown> => {
    const request = await upstream.request(1)
    await request.settled
    const { method, target } = request
    return [
      method,
      target,
      request.body.toString(),
      request.header('x-own'),
      request.header('x-tag'),
      request.header('host'),
    ]
  }
  expect(await seen(copy)).toEqual(await seen(a))
  expect((await seen(copy)) as unknown[]).toEqual([
    'POST',
    '/other?x=1',
    question.body,
    'o',
    '1',
    new URL(served.url).host,
  ])
})

test('credentials of one backend are not in the copy for another', async () => {
  await using a = await startUpstream()
  await using copy = await startUpstream()
  const headers = (value: string): { name: string; value: string }[] => [{ name: 'authorization', value }]
  await using served = await serve({
    backends: [
      { name: 'a', endpoints: [a.url], headers: headers('for a') },
      { name: 'copy', endpoints: [copy.url], headers: headers('for copy') },
    ],
    routes: [{ name: 'only', rules: [{ backends, filters: [mirror('copy')] }] }],
  })
  await fetch(served.url)
  expect((await a.request(1)).values('authorization')).toEqual(['for a'])
  expect((await copy.request(1)).values('authorization')).toEqual(['for copy'])
})

test.for<[number, number, number]>([
  [1, 1, 20],
  [1, 2, 10],
  [5, 100, 1],
  [0, 1, 0],
  [3, 4, 15],
])('%i of %i: of twenty requests %i are copied', async ([numerator, denominator, expected]) => {
  await using a = await startUpstream()
  await using copy = await startUpstream()
  await using served = await serve(
    oneRoute({ a: a.url, copy: copy.url }, { backends, filters: [mirror('copy', numerator, denominator)] }),
  )
  for (let asked = 0; asked < 20; asked++) await fetch(served.url + chat, question)
  if (expected > 0) await copy.request(expected)
  // One more request is behind all copies that were due.
  served.gate.update({ version: 1, ...oneRoute({ a: a.url, copy: copy.url }, { backends, filters: [mirror('copy')] }) })
  await fetch(`${served.url}/last`)
  const last = await copy.request(expected + 1)
  expect([last.target, copy.requests.length]).toEqual(['/last', expected + 1])
})

test('several mirrors, of the rule and of the backendRef, copy each for itself', async () => {
  await using a = await startUpstream()
  await using one = await startUpstream()
  await using two = await startUpstream()
  const rule: Rule = {
    filters: [mirror('one'), mirror('one')],
    backends: [{ backend: 'a', filters: [mirror('two')] }],
  }
  await using served = await serve(oneRoute({ a: a.url, one: one.url, two: two.url }, rule))
  await fetch(served.url + chat, question)
  await Promise.all([one.request(2), two.request(1)])
  expect(a.requests).toHaveLength(1)
})

test('a reload keeps the count of a share', async () => {
  await using a = await startUpstream()
  await using copy = await startUpstream()
  const config = oneRoute({ a: a.url, copy: copy.url }, { backends, filters: [mirror('copy', 1, 4)] })
  await using served = await serve(config)
  for (let asked = 0; asked < 8; asked++) {
    await fetch(`${served.url}/${asked}`)
    served.gate.update({ version: 1, ...config })
  }
  await copy.request(2)
  const targets = copy.requests.map(({ target }) => Number(target.slice(1)))
  expect([targets.length, (targets[1] ?? 0) - (targets[0] ?? 0)]).toEqual([2, 4])
})

describe('a mirror harms nobody', () => {
  const troubles: readonly [string, Script][] = [
    ['answers with an error', failure(500)],
    ['breaks the connection', reset],
    ['says nothing', silence],
    ['breaks its reply', steps(wholeRequest, head(200, [['content-length', '100']]), 'half', reset)],
    ['sends what is no HTTP', steps('nonsense\r\n\r\n')],
  ]

  test.for(troubles)('that %s', async ([, trouble]) => {
    await using a = await startUpstream(json('a'))
    await using copy = await startUpstream(trouble)
    await using served = await serve(oneRoute({ a: a.url, copy: copy.url }, { backends, filters: [mirror('copy')] }))
    const answer = await fetch(served.url + chat, question)
    expect([answer.status, await answer.text()]).toEqual([200, '"a"'])
    await copy.request(1)
    expect(await served.report(1)).toMatchObject({ status: 200, backend: 'a', attempts: [{ backend: 'a' }] })
  })

  test('that is away', async () => {
    await using a = await startUpstream(json('a'))
    await using served = await serve(
      oneRoute(
        { a: a.url, copy: await refusingUrl(), empty: [] },
        { backends, filters: [mirror('copy'), mirror('empty')] },
      ),
    )
    expect((await fetch(served.url + chat, question)).status).toBe(200)
  })

  test('that is full or whose circuit is open: it gets no copy', async () => {
    await using a = await startUpstream()
    await using copy = await startUpstream([failure(500), silence])
    const config = {
      backends: [
        { name: 'a', endpoints: [a.url] },
        { name: 'copy', endpoints: [copy.url], breaker: { failures: 1, openFor: '1h' as const } },
      ],
      routes: [{ name: 'only', rules: [{ backends, filters: [mirror('copy')] }] }],
    }
    await using served = await serve(config)
    const opened = new Promise((resolve) => served.gate.once('breaker-changed', resolve))
    await fetch(served.url)
    expect(await opened).toMatchObject({ backend: 'copy', to: 'open' })
    expect((await fetch(served.url)).status).toBe(200)
    expect(copy.requests).toHaveLength(1)
  })

  test('that is slow: the caller does not wait, and its place is given back', async () => {
    const more = newGate()
    await using a = await startUpstream(json('a'))
    await using copy = await startUpstream(steps(wholeRequest, more, json({})))
    await using served = await serve(oneRoute({ a: a.url, copy: copy.url }, { backends, filters: [mirror('copy')] }))
    await (await fetch(served.url + chat, question)).text()
    await more.reached
    const inFlight = (): number | undefined => served.gate.backends().find(({ name }) => name === 'copy')?.inFlight
    expect([served.gate.inFlight, inFlight()]).toEqual([0, 1])
    more.release()
    // The next copy goes out when the first is over at the latest.
    for (let asked = 2; inFlight() !== 0; asked++) {
      await fetch(served.url)
      await copy.request(asked)
    }
  })

  test('when the caller leaves', async () => {
    await using a = await startUpstream(silence)
    await using copy = await startUpstream()
    await using served = await serve(oneRoute({ a: a.url, copy: copy.url }, { backends, filters: [mirror('copy')] }))
    using client = await connectRaw(served.url)
    await client.send({ headers: [['host', 'h']] })
    await Promise.all([a.request(1), copy.request(1)])
    client.abort()
    expect(await served.report(1)).toMatchObject({ result: 'abandoned' })
  })
})

test('retries and fallbacks are not copied', async () => {
  await using a = await startUpstream(failure(503))
  await using b = await startUpstream()
  await using copy = await startUpstream()
  const rule: Rule = {
    backends,
    filters: [mirror('copy')],
    retry: { retries: 2, on: [503], backoff: { base: 1, max: 1 } },
    fallback: { backends: ['b'] },
  }
  await using served = await serve(oneRoute({ a: a.url, b: b.url, copy: copy.url }, rule))
  await fetch(`${served.url}/first`, question)
  await fetch(`${served.url}/second`, question)
  await copy.request(2)
  expect([a.requests.length, b.requests.length]).toEqual([6, 2])
  expect(copy.requests.map(({ target }) => target)).toEqual(['/first', '/second'])
})

describe('a body that is still coming', () => {
  const head = 'POST /streamed HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n'

  test('is copied once it is whole, and meanwhile goes on to its own backend', async () => {
    await using a = await startUpstream(json('a'))
    await using copy = await startUpstream()
    const filters = [mirror('copy'), mirror('copy')]
    await using served = await serve(oneRoute({ a: a.url, copy: copy.url }, { backends, filters }))
    using client = await connectRaw(served.url)
    await client.write(`${head}4\r\nhalf\r\n`)
    const request = await a.request(1)
    expect(copy.requests).toEqual([])
    await client.write('5\r\nwhole\r\n0\r\n\r\n')
    const received = await client.reply('POST')
    await received.settled()
    expect([received.status, request.body.toString()]).toEqual([200, 'halfwhole'])
    for (const nth of [1, 2]) {
      const copied = await copy.request(nth)
      await copied.settled
      expect([copied.target, copied.body.toString(), copied.header('content-length')]).toEqual([
        '/streamed',
        'halfwhole',
        '9',
      ])
    }
  })

  test.for([
    ['is more than is kept of a request', { keepPerRequest: 8 }],
    ['is more than is kept in all', { keepTotal: 8 }],
  ] as const)('and %s goes to its own backend alone, and that is told', async ([, bodies]) => {
    await using a = await startUpstream(json('a'))
    await using copy = await startUpstream()
    const config = oneRoute({ a: a.url, copy: copy.url }, { backends, filters: [mirror('copy')] }, { bodies })
    await using served = await serve(config)
    const dropped = new Promise((resolve) => served.gate.once('mirror-dropped', resolve))
    using client = await connectRaw(served.url)
    await client.write(`${head}9\r\nhalfwhole\r\n0\r\n\r\n`)
    const received = await client.reply('POST')
    await received.settled()
    expect([received.status, a.requests[0]?.body.toString()]).toEqual([200, 'halfwhole'])
    expect(await dropped).toEqual({ route: 'only', backend: 'copy', because: 'body' })
    expect(copy.requests).toEqual([])
  })

  test('and that breaks off is not copied', async () => {
    await using a = await startUpstream(json('a'))
    await using copy = await startUpstream()
    await using served = await serve(oneRoute({ a: a.url, copy: copy.url }, { backends, filters: [mirror('copy')] }))
    const dropped = new Promise((resolve) => served.gate.once('mirror-dropped', resolve))
    using client = await connectRaw(served.url)
    await client.write(`${head}4\r\nhalf\r\n`)
    await a.request(1)
    client.abort()
    expect(await dropped).toMatchObject({ because: 'body' })
    expect(copy.requests).toEqual([])
  })

  test('gives what its copies held back to the rest', async () => {
    await using a = await startUpstream(json('a'))
    await using copy = await startUpstream()
    const config = oneRoute(
      { a: a.url, copy: copy.url },
      { backends, filters: [mirror('copy')] },
      { bodies: { keepTotal: 12 } },
    )
    await using served = await serve(config)
    for (let nth = 1; nth <= 3; nth++) {
      using client = await connectRaw(served.url)
      await client.write(`${head}9\r\nhalfwhole\r\n0\r\n\r\n`)
      await (await client.reply('POST')).settled()
      await (
        await copy.request(nth)
      ).settled
      while (served.gate.backends().some(({ inFlight }) => inFlight > 0)) await new Promise(setImmediate)
    }
    expect(copy.requests.map(({ body }) => body.toString())).toEqual(Array(3).fill('halfwhole'))
  })
})
