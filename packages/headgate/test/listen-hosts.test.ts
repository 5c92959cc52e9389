/** Listeners on sockets of their own, over HTTP/1.1: which listener takes a request, which routes it sees, and reloads. */

import { describe, expect, test } from 'vitest'
import { connectRaw, json, rawRequest, refusingUrl, startUpstream } from '@headgate/testing'
import type { ReceivedReply } from '@headgate/testing'
import { mountSuite } from '@headgate/suites'
import { Gateway, GatewayError, listen } from 'headgate'
import type { GatewayConfigInput } from 'headgate'
import { http, https, openSockets, secrets } from './sockets.ts'

type Config = Omit<GatewayConfigInput, 'version'>
type Route = NonNullable<Config['routes']>[number]

const ask = (url: string, host: string, target = '/'): Promise<ReceivedReply> =>
  rawRequest(url, { target, headers: [['host', host]] })

/** One backend for each name, and a route of the same name that is attached as told. */
function routed(urls: Readonly<Record<string, string>>, routes: Readonly<Record<string, Partial<Route>>>): Config {
  return {
    backends: Object.entries(urls).map(([name, url]) => ({ name, endpoints: [url] })),
    routes: Object.entries(routes).map(([name, more]) => ({
      name,
      rules: [{ backends: [{ backend: name }] }],
      ...more,
    })),
  }
}

async function upstreams(...names: readonly string[]): Promise<Record<string, string> & AsyncDisposable> {
  const started = await Promise.all(names.map((name) => startUpstream(json(name))))
  const urls = Object.fromEntries(names.map((name, index) => [name, started[index]?.url ?? '']))
  return Object.assign(urls, {
    async [Symbol.asyncDispose]() {
      await Promise.all(started.map((each) => each.close()))
    },
  }) as Record<string, string> & AsyncDisposable
}

describe('listeners that share a socket', () => {
  test('two hosts are told apart, and neither sees the routes of the other', async () => {
    await using urls = await upstreams('a', 'b')
    const attached = { a: { listeners: ['a'] }, b: { listeners: ['b'] } }
    await using sockets = await openSockets({
      listeners: [http('a', 'a.test'), http('b', 'b.test')],
      ...routed(urls, attached),
    })
    expect(sockets.port('a')).toBe(sockets.port('b'))
    const texts = [await ask(sockets.url('a'), 'a.test'), await ask(sockets.url('a'), 'b.test')].map(({ text }) => text)
    expect(texts).toEqual(['"a"', '"b"'])
  })

  test('a route without hosts has those of the listener, so that beside one with them the matches decide', async () => {
    await using urls = await upstreams('named', 'unnamed')
    const rules = [
      { matches: [{ headers: [{ name: 'x-model', value: 'm' }] }], backends: [{ backend: 'unnamed' }] },
      { matches: [{ path: { type: 'Exact' as const, value: '/only' } }], backends: [{ backend: 'unnamed' }] },
    ]
    await using sockets = await openSockets({
      listeners: [http('one', 'a.test')],
      ...routed(urls, { named: { hostnames: ['a.test'] }, unnamed: { rules } }),
    })
    const url = sockets.url('one')
    const headers = [
      ['host', 'a.test'],
      ['x-model', 'm'],
    ] as const
    expect((await rawRequest(url, { target: '/', headers })).text).toBe('"unnamed"')
    expect((await ask(url, 'a.test', '/only')).text).toBe('"unnamed"')
    expect((await ask(url, 'a.test')).text).toBe('"named"')
  })

  test('a request that its own listener has no route for is 404, though another listener has one', async () => {
    await using urls = await upstreams('narrow', 'wide')
    await using sockets = await openSockets({
      listeners: [http('one', '*.example.test'), http('all')],
      ...routed(urls, {
        narrow: {
          listeners: ['one'],
          rules: [{ matches: [{ path: { type: 'Exact', value: '/own' } }], backends: [{ backend: 'narrow' }] }],
        },
        wide: { listeners: ['all'] },
      }),
    })
    const url = sockets.url('all')
    expect((await ask(url, 'x.example.test', '/own')).text).toBe('"narrow"')
    const isolated = await ask(url, 'x.example.test', '/other')
    expect([isolated.status, isolated.header('x-headgate-error')]).toEqual([404, 'no_route'])
    expect((await ask(url, 'else.test', '/other')).text).toBe('"wide"')
  })

  test.for([
    ['a.example.test', '"exact"'],
    ['A.Example.TEST:8080', '"exact"'],
    ['b.example.test', '"wild"'],
    ['c.b.example.test', '"wild"'],
    ['x.deep.example.test', '"deep"'],
    ['example.test', '"any"'],
    ['127.0.0.1', '"any"'],
  ])('%s goes to %s: the most specific host name wins', async ([host, expected]) => {
    await using urls = await upstreams('any', 'wild', 'deep', 'exact')
    await using sockets = await openSockets({
      listeners: [
        http('any'),
        http('wild', '*.example.test'),
        http('deep', '*.deep.example.test'),
        http('exact', 'a.example.test'),
      ],
      ...routed(urls, {
        any: { listeners: ['any'] },
        wild: { listeners: ['wild'] },
        deep: { listeners: ['deep'] },
        exact: { listeners: ['exact'] },
      }),
    })
    expect((await ask(sockets.url('any'), host ?? '')).text).toBe(expected)
  })

  test('a host that no listener has is 404, also where a route without hosts would take it', async () => {
    await using urls = await upstreams('a')
    await using sockets = await openSockets({ listeners: [http('a', 'a.test')], ...routed(urls, { a: {} }) })
    const refused = await ask(sockets.url('a'), 'b.test')
    expect([refused.status, refused.header('x-headgate-error')]).toEqual([404, 'no_route'])
    expect(await sockets.report(1)).toMatchObject({ status: 404, code: 'no_route', route: undefined })
  })

  test('host names of a route count within its listener', async () => {
    await using urls = await upstreams('a')
    await using sockets = await openSockets({
      listeners: [http('wild', '*.example.test'), http('other', 'other.test')],
      ...routed(urls, { a: { hostnames: ['a.example.test', 'unheard.test'] } }),
    })
    const hosts = ['a.example.test', 'b.example.test', 'other.test', 'unheard.test']
    const statuses = await Promise.all(hosts.map(async (host) => (await ask(sockets.url('wild'), host)).status))
    expect(statuses).toEqual([200, 404, 404, 404])
  })

  test('a route that is attached to no listener serves nothing', async () => {
    await using urls = await upstreams('a')
    await using sockets = await openSockets({ listeners: [http('a')], ...routed(urls, { a: { listeners: [] } }) })
    expect((await ask(sockets.url('a'), 'a.test')).status).toBe(404)
  })
})

describe('addresses', () => {
  test('each declared port is a socket of its own, and a listener that is not bound is not opened', async () => {
    await using urls = await upstreams('a', 'b')
    const config = {
      listeners: [http('a', undefined, 8001), http('b', undefined, 8002), http('unbound', undefined, 8003)],
      ...routed(urls, { a: { listeners: ['a'] }, b: { listeners: ['b'] } }),
    }
    const gate = new Gateway({ version: 1, ...config })
    const address = { host: '127.0.0.1', port: 0 }
    const listening = await listen(gate, {
      bind: new Map([
        ['a', address],
        ['b', address],
      ]),
    })
    expect([...listening.addresses.keys()]).toEqual(['a', 'b'])
    const urlOf = (name: string): string => `http://127.0.0.1:${listening.addresses.get(name)?.port}`
    expect(urlOf('a')).not.toBe(urlOf('b'))
    expect((await ask(urlOf('a'), 'x.test')).text).toBe('"a"')
    expect((await ask(urlOf('b'), 'x.test')).text).toBe('"b"')
    await listening.close({ drainMs: 0 })
  })

  test('an HTTP and an HTTPS listener cannot have one address', async () => {
    await using gate = new Gateway(
      { version: 1, listeners: [http('plain'), https('secure', undefined, ['one'])] },
      { secrets },
    )
    const address = { host: '127.0.0.1', port: 8443 }
    const opening = listen(gate, {
      bind: new Map([
        ['plain', address],
        ['secure', address],
      ]),
    })
    await expect(opening).rejects.toThrow(/"plain" and "secure" share an address/)
    await expect(opening).rejects.toSatisfy((error) => GatewayError.isInstance(error))
  })

  test('an address that is taken leaves nothing open', async () => {
    await using taken = await startUpstream()
    const free = new URL(await refusingUrl())
    await using gate = new Gateway({
      version: 1,
      listeners: [http('first', undefined, 8001), http('second', undefined, 8002)],
    })
    const bind = new Map([
      ['first', { host: '127.0.0.1', port: Number(free.port) }],
      ['second', { host: '127.0.0.1', port: taken.port }],
    ])
    await expect(listen(gate, { bind })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await expect(connectRaw(free.href)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })
})

test('a reload changes hosts and routes behind a socket that stays, and a connection lives on', async () => {
  await using urls = await upstreams('a', 'b')
  const before = { listeners: [http('main', 'a.test')], ...routed(urls, { a: {}, b: { listeners: [] } }) }
  await using sockets = await openSockets(before)
  using client = await connectRaw(sockets.url('main'))
  const next = async (host: string): Promise<string> => {
    await client.send({ headers: [['host', host]] })
    const reply = await client.reply()
    await reply.settled()
    return reply.status === 200 ? reply.text : String(reply.status)
  }
  expect([await next('a.test'), await next('b.test')]).toEqual(['"a"', '404'])
  sockets.gate.update({ version: 1, listeners: [http('main', 'b.test')], ...routed(urls, { b: {} }) })
  expect([await next('a.test'), await next('b.test')]).toEqual(['404', '"b"'])
  // The listener is gone from the config; its socket is not.
  sockets.gate.update({ version: 1, listeners: [http('else', 'b.test')], ...routed(urls, { b: {} }) })
  expect(await next('b.test')).toBe('404')
})

test('the head of a request is bounded, and the connection says so before it ends', async () => {
  await using urls = await upstreams('a')
  await using sockets = await openSockets(
    { listeners: [http('a')], ...routed(urls, { a: {} }) },
    { maxHeaderBytes: 4096 },
  )
  using client = await connectRaw(sockets.url('a'))
  await client.send({ headers: [['x-long', 'x'.repeat(5000)]] })
  expect((await client.reply()).status).toBe(431)
  expect((await ask(sockets.url('a'), 'a.test')).status).toBe(200)
})

mountSuite(
  {
    name: 'listen',
    modes: ['raw'],
    next: false,
    supportsRawBody: false,
    trailers: true,
    exceptions: {
      'stripPrefix removes its segments before matching': 'listeners stand at the root',
      'stripPrefix leaves a path alone that only begins with the same letters': 'listeners stand at the root',
    },
  },
  async ({ config }) => {
    const gate = new Gateway({ ...config, listeners: [http('main')] })
    const listening = await listen(gate, { bind: new Map([['main', { host: '127.0.0.1', port: 0 }]]) })
    const url = `http://127.0.0.1:${listening.addresses.get('main')?.port}`
    return { url, hooks: [], close: () => listening.close({ drainMs: 0 }) }
  },
)
