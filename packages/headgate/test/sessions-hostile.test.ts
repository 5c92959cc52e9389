/** Values that callers should not have: none of them chooses an endpoint, breaks a request or shows up anywhere. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json, rawRequest } from '@headgate/testing'
import type { Upstream } from '@headgate/testing'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { connectHttp2 } from './http2-client.ts'
import { oneRoute, serve } from './serve.ts'
import type { Served } from './serve.ts'
import { ask, cookieOf, startPods } from './session-client.ts'
import { http, openSockets } from './sockets.ts'

const session = { name: 's', absoluteTimeout: '1h' as const }

afterEach(() => {
  vi.useRealTimers()
})

interface Place {
  readonly served: Served
  readonly url: string
  /** A genuine value of the endpoint `a`. */
  readonly value: string
  readonly pods: Readonly<Record<'a' | 'b' | 'c', Upstream>>
}

/** Three endpoints, and two rules for them: `/` and `/other`. */
async function place(): Promise<Place> {
  const pods = await startPods('a', 'b', 'c')
  const backends = [{ name: 'only', endpoints: [pods.a.url, pods.b.url, pods.c.url] }]
  const other = [{ path: { type: 'PathPrefix' as const, value: '/other' } }]
  const to = [{ backend: 'only' }]
  const served = await serve({
    backends,
    routes: [
      {
        name: 'r',
        rules: [
          { backends: to, session },
          { matches: other, backends: to, session },
        ],
      },
    ],
  })
  onTestFinished(() => served[Symbol.asyncDispose]())
  return { served, url: served.url, value: await valueOf(served.url, 'a'), pods }
}

async function valueOf(url: string, from: string): Promise<string> {
  for (;;) {
    const asked = await ask(url)
    if (asked.from === from) return cookieOf(asked).slice('s='.length)
  }
}

/** Is the endpoint a matter of whose turn it is, and the caller given a new session each time? */
async function isNobody(url: string, headers: Record<string, string>): Promise<boolean> {
  const seen = new Set<string>()
  for (let asked = 0; asked < 3; asked++) {
    const { status, from, cookies } = await ask(url, headers)
    expect(status).toBe(200)
    if (cookies.length === 0) return false
    seen.add(from)
  }
  return seen.size === 3
}

describe('a value is nothing when it', () => {
  test('was changed, cut, lengthened or quoted', async () => {
    const { url, value } = await place()
    expect(await isNobody(url, { cookie: `s=${value}` })).toBe(false)
    const changed = [0, 8, 15, 16, 24, 25, 40, 48].map((at) => {
      const letter = value.charAt(at) === 'A' ? 'B' : 'A'
      return value.slice(0, at) + letter + value.slice(at + 1)
    })
    const others = ['', value.slice(1), value.slice(0, -1), `${value}A`, value.toLowerCase(), `"${value}"`]
    for (const forged of [...changed, ...others]) expect(await isNobody(url, { cookie: `s=${forged}` })).toBe(true)
  })

  test('is put together from two genuine ones', async () => {
    const { url, value } = await place()
    const other = await valueOf(url, 'b')
    for (const at of [16, 25]) {
      expect(await isNobody(url, { cookie: `s=${value.slice(0, at)}${other.slice(at)}` })).toBe(true)
      expect(await isNobody(url, { cookie: `s=${other.slice(0, at)}${value.slice(at)}` })).toBe(true)
    }
  })

  test('is of another rule', async () => {
    const { url, value } = await place()
    expect(await isNobody(`${url}/other`, { cookie: `s=${value}` })).toBe(true)
    const others = await valueOf(`${url}/other`, 'a')
    expect(await isNobody(url, { cookie: `s=${others}` })).toBe(true)
  })

  test('is of another gateway with the same endpoints', async () => {
    const { url, pods } = await place()
    const endpoints = [pods.a.url, pods.b.url, pods.c.url]
    const config = { ...oneRoute({ only: endpoints }, { session }) }
    await using stranger = await serve({ ...config, routes: [{ ...config.routes?.[0], name: 'r' }] })
    expect(await isNobody(url, { cookie: `s=${await valueOf(stranger.url, 'a')}` })).toBe(true)
    // One key for two gateways of other names is no key to their sessions.
    const keyed = { sessionKey: { secret: 'k/k/k' } }
    const secrets = new Map([['k/k/k', 'k'.repeat(32)]])
    await using one = await serve({ name: 'one', ...config, ...keyed }, { secrets })
    await using two = await serve({ name: 'two', ...config, ...keyed }, { secrets })
    expect(await isNobody(two.url, { cookie: `s=${await valueOf(one.url, 'a')}` })).toBe(true)
  })

  test('is over', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const { url, value } = await place()
    vi.advanceTimersByTime(3_600_000)
    expect(await isNobody(url, { cookie: `s=${value}` })).toBe(true)
  })

  test('comes under another name, or inside of another cookie', async () => {
    const { url, value } = await place()
    const fields = [`S=${value}`, `xs=${value}`, `x=s=${value}`, `s =${value}`, `x="; s=${value}"`, `s=x s=${value}`]
    for (const cookie of fields) expect(await isNobody(url, { cookie })).toBe(true)
    expect(await isNobody(url, { s: value, 'x-session': value })).toBe(true)
  })

  test('is a name of the prototype', async () => {
    const { url } = await place()
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      expect(await isNobody(url, { cookie: `s=${name}; ${name}=s` })).toBe(true)
    }
  })
})

describe('a genuine value is found', () => {
  test('among 200 other cookies, and behind some of the same name', async () => {
    const { url, value } = await place()
    const many = Array.from({ length: 200 }, (_, at) => `cookie-${at}=${'v'.repeat(40)}`)
    const proto = ['__proto__=1', 'constructor=2', ';', '=', 's', ' ']
    const few = Array.from({ length: 7 }, () => `s=${'A'.repeat(value.length)}`)
    const short = Array.from({ length: 200 }, () => 's=short')
    for (const before of [many, proto, few, short]) {
      const cookie = [...before, `s=${value}`, ...many.slice(0, 20)].join('; ')
      expect(await ask(url, { cookie })).toMatchObject({ status: 200, from: 'a', cookies: [] })
    }
  })

  test('but not behind more than a few of the same name and length: looking for it is bounded', async () => {
    const { url, value } = await place()
    const forged = Array.from({ length: 200 }, () => `s=${'A'.repeat(value.length)}`)
    expect(await isNobody(url, { cookie: [...forged, `s=${value}`].join(';') })).toBe(true)
  })

  test('in any of several Cookie fields', async () => {
    const { served, value } = await place()
    const headers = [
      ['cookie', 'x=1; s=forged'],
      ['Cookie', `s=${value}; y=2`],
      ['cookie', 'z=3'],
    ] as const
    for (let asked = 0; asked < 3; asked++) {
      expect((await rawRequest(served.url, { headers })).values('set-cookie')).toEqual([])
    }
  })
})

test('no event, no report and no warning has a value in it', async () => {
  const { served, url, value, pods } = await place()
  const said: unknown[] = []
  const names = [
    'request-ended',
    'attempt-ended',
    'retry-scheduled',
    'fallback-chosen',
    'warning',
    'config-changed',
  ] as const
  for (const name of names) served.gate.on(name, (...payload: unknown[]) => said.push(payload))
  pods.a.use(json({ from: 'a' }, { status: 500 }))
  await ask(url, { cookie: `s=${value}` })
  const fresh = cookieOf(await ask(url))
  await served.report(3)
  const text = JSON.stringify([said, served.gate.config, served.gate.backends()])
  expect(said.length).toBeGreaterThan(2)
  expect(text).not.toContain(value)
  expect(text).not.toContain(fresh.slice(2))
})

test('HTTP/2 callers that send each cookie in a field of its own come back as well', async () => {
  const { a, b } = await startPods('a', 'b')
  const config = oneRoute({ only: [a.url, b.url] }, { session })
  await using sockets = await openSockets({ listeners: [http('plain')], ...config })
  using client = await connectHttp2(sockets.url('plain'))
  const first = await client.ask({ ':path': '/' })
  const [field = ''] = first.headers?.['set-cookie'] ?? []
  const cookie = ['x=1', field.slice(0, field.indexOf(';')), 'y=2']
  for (let asked = 0; asked < 3; asked++) {
    const again = await client.ask({ ':path': '/', cookie })
    expect([again.text, again.headers?.['set-cookie']]).toEqual([first.text, undefined])
  }
})

test('a WebSocket belongs to a session too: the 101 sets it, and later ones go to the same endpoint', async () => {
  const seen: string[] = []
  const endpoints: string[] = []
  for (const name of ['a', 'b']) {
    const server = createServer()
    const sockets = new WebSocketServer({ server })
    sockets.on('connection', () => seen.push(name))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    endpoints.push(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    onTestFinished(() => {
      for (const client of sockets.clients) client.terminate()
      server.close()
    })
  }
  await using sockets = await openSockets({ listeners: [http('plain')], ...oneRoute({ only: endpoints }, { session }) })
  const open = async (headers: Record<string, string>): Promise<readonly string[]> => {
    const socket = new WebSocket(`ws://127.0.0.1:${sockets.port('plain')}/`, { headers })
    const cookies = new Promise<readonly string[]>((resolve) => {
      socket.once('upgrade', (reply) => resolve(reply.headers['set-cookie'] ?? []))
    })
    await new Promise((resolve) => socket.once('open', resolve))
    socket.terminate()
    return cookies
  }
  const [first = ''] = await open({})
  const cookie = first.slice(0, first.indexOf(';'))
  expect([await open({ cookie }), await open({ cookie })]).toEqual([[], []])
  expect(new Set(seen).size).toBe(1)
  await open({})
  await open({})
  expect(new Set(seen).size).toBe(2)
})
