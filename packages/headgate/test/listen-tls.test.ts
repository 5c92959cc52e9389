/** HTTPS listeners: which certificate is shown, who is misdirected, and how certificates are replaced. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { json, rawRequest, startUpstream } from '@headgate/testing'
import { Gateway, listen } from 'headgate'
import type { GatewayConfigInput } from 'headgate'
import { one, renewed, two } from './certificates.ts'
import { connectHttp2 } from './http2-client.ts'
import { askHttps } from './https-client.ts'
import type { SecureAnswer, SecureQuestion } from './https-client.ts'
import { http, https, openSockets, secrets, secretsOf } from './sockets.ts'

type Listeners = NonNullable<GatewayConfigInput['listeners']>

/** Every listener has its own route, which tells its name. */
function served(urls: Readonly<Record<string, string>>, listeners: Listeners): Omit<GatewayConfigInput, 'version'> {
  return {
    listeners,
    backends: Object.entries(urls).map(([name, url]) => ({ name, endpoints: [url] })),
    routes: Object.keys(urls).map((name) => ({
      name,
      listeners: [name],
      rules: [{ backends: [{ backend: name }] }],
    })),
  }
}

/** What was shown, by the name of the fixture. */
function shown({ certificate }: SecureAnswer): string {
  const found = Object.entries({ one, two, renewed }).find(([, pair]) => pair.certificate === certificate)
  return found?.[0] ?? 'another'
}

const brief = (answer: SecureAnswer): unknown => [answer.status, answer.text, shown(answer)]

describe('two listeners on one port', () => {
  test('the SNI name picks the certificate and the routes', async () => {
    await using first = await startUpstream(json('first'))
    await using second = await startUpstream(json('second'))
    const listeners = [https('first', 'one.test', ['one']), https('second', 'two.test', ['two'])]
    await using sockets = await openSockets(served({ first: first.url, second: second.url }, listeners))
    const port = sockets.port('first')
    expect(sockets.port('second')).toBe(port)
    // Each is trusted for its own name alone.
    expect(brief(await askHttps({ port, servername: 'one.test', ca: one.certificate }))).toEqual([
      200,
      '"first"',
      'one',
    ])
    expect(brief(await askHttps({ port, servername: 'two.test', ca: two.certificate }))).toEqual([
      200,
      '"second"',
      'two',
    ])
  })

  test.for<[string, Pick<SecureQuestion, 'servername' | 'host'>, number, string]>([
    ['the host of another listener', { servername: 'one.test', host: 'two.test' }, 421, 'one'],
    ['no name, and the host of a listener', { servername: '', host: 'one.test' }, 421, 'one'],
    ['an unknown name, and the host of a listener', { servername: 'three.test', host: 'one.test' }, 421, 'one'],
    ['a host that no listener has', { servername: 'one.test', host: 'three.test' }, 404, 'one'],
    ['a host with a port', { servername: 'one.test', host: 'One.Test:443' }, 200, 'one'],
  ])('%s', async ([, question, status, certificate]) => {
    await using upstream = await startUpstream()
    const listeners = [https('first', 'one.test', ['one']), https('second', 'two.test', ['two'])]
    await using sockets = await openSockets(served({ first: upstream.url, second: upstream.url }, listeners))
    const answer = await askHttps({ port: sockets.port('first'), ...question })
    expect([answer.status, shown(answer)]).toEqual([status, certificate])
    expect(answer.headers['x-headgate-error'] === 'misdirected').toBe(status === 421)
    expect(upstream.requests).toHaveLength(status === 200 ? 1 : 0)
  })

  test('a name of no listener, or none, goes to the listener without host name', async () => {
    await using named = await startUpstream(json('named'))
    await using rest = await startUpstream(json('rest'))
    const listeners = [https('named', 'one.test', ['one']), https('rest', undefined, ['two'])]
    await using sockets = await openSockets(served({ named: named.url, rest: rest.url }, listeners))
    const port = sockets.port('rest')
    expect(brief(await askHttps({ port, servername: 'three.test' }))).toEqual([200, '"rest"', 'two'])
    expect(brief(await askHttps({ port, servername: '', host: '127.0.0.1' }))).toEqual([200, '"rest"', 'two'])
    // Its certificate is no way into the listener that has the host.
    expect((await askHttps({ port, servername: 'three.test', host: 'one.test' })).status).toBe(421)
  })

  test('a wildcard listener serves all its hosts over one connection', async () => {
    await using upstream = await startUpstream()
    await using sockets = await openSockets(served({ wild: upstream.url }, [https('wild', '*.one.test', ['one'])]))
    const port = sockets.port('wild')
    expect((await askHttps({ port, servername: 'a.one.test', host: 'b.one.test' })).status).toBe(200)
    expect((await askHttps({ port, servername: 'a.one.test', host: 'one.test' })).status).toBe(404)
  })
})

test.for([
  ['one.test', 'one'],
  ['x.one.test', 'one'],
  ['two.test', 'two'],
  ['three.test', 'two'],
  ['', 'two'],
])(
  'of two certificates of one listener, "%s" is shown %s: the first that fits, else the first',
  async ([name, expected]) => {
    await using upstream = await startUpstream()
    await using sockets = await openSockets(served({ all: upstream.url }, [https('all', undefined, ['two', 'one'])]))
    const answer = await askHttps({ port: sockets.port('all'), servername: name ?? '', host: 'any.test' })
    expect([answer.status, shown(answer)]).toEqual([200, expected])
  },
)

describe('what a backend hears', () => {
  test('the protocol is https, whatever the caller claims', async () => {
    await using upstream = await startUpstream()
    await using sockets = await openSockets(served({ all: upstream.url }, [https('all', undefined, ['one'])]))
    await askHttps({ port: sockets.port('all'), servername: 'one.test' })
    const request = await upstream.request(1)
    expect(request.values('x-forwarded-proto')).toEqual(['https'])
    expect(request.header('host')).toBe('one.test')
  })
})

describe('protocols', () => {
  test('a caller that offers nothing gets HTTP/1.1, one that offers both gets HTTP/2', async () => {
    await using upstream = await startUpstream()
    await using sockets = await openSockets(served({ all: upstream.url }, [https('all', undefined, ['one'])]))
    const port = sockets.port('all')
    const plain = await askHttps({ port, servername: 'one.test' })
    expect([plain.status, plain.protocol]).toEqual([200, false])
    using client = await connectHttp2(`https://127.0.0.1:${port}`, {
      servername: 'one.test',
      ca: one.certificate,
      ALPNProtocols: ['http/1.1', 'h2'],
    })
    expect(client.session.alpnProtocol).toBe('h2')
    expect((await client.ask({ ':authority': 'one.test', ':path': '/' })).status).toBe(200)
  })

  test('another authority on an HTTP/2 connection is misdirected, and the connection goes on', async () => {
    await using upstream = await startUpstream()
    const listeners = [https('first', 'one.test', ['one']), https('second', 'two.test', ['two'])]
    await using sockets = await openSockets(served({ first: upstream.url, second: upstream.url }, listeners))
    using client = await connectHttp2(`https://127.0.0.1:${sockets.port('first')}`, {
      servername: 'one.test',
      ca: one.certificate,
    })
    const statuses = []
    for (const host of ['one.test', 'two.test', 'three.test', 'one.test']) {
      statuses.push((await client.ask({ ':authority': host, ':path': '/' })).status)
    }
    expect(statuses).toEqual([200, 421, 404, 200])
  })
})

describe('new certificates', () => {
  test.for([['one.test'], ['']])(
    'are shown to new connections after an update, asked for "%s"',
    async ([servername = '']) => {
      await using upstream = await startUpstream()
      const config = served({ all: upstream.url }, [https('all', undefined, ['one'])])
      await using sockets = await openSockets(config)
      const ask = (): Promise<SecureAnswer> => askHttps({ port: sockets.port('all'), servername, host: 'one.test' })
      expect(shown(await ask())).toBe('one')
      sockets.gate.update({ version: 1, ...config }, { secrets: secretsOf({ one: renewed }) })
      expect(shown(await ask())).toBe('renewed')
    },
  )

  test('leave open connections alone', async () => {
    await using upstream = await startUpstream()
    const config = served({ all: upstream.url }, [https('all', undefined, ['one'])])
    await using sockets = await openSockets(config)
    using client = await connectHttp2(`https://127.0.0.1:${sockets.port('all')}`, {
      servername: 'one.test',
      ca: one.certificate,
    })
    sockets.gate.update({ version: 1, ...config }, { secrets: secretsOf({ one: renewed }) })
    expect((await client.ask({ ':authority': 'one.test', ':path': '/' })).status).toBe(200)
  })

  test('come with a listener that is new on a socket', async () => {
    await using upstream = await startUpstream()
    const listeners = [https('first', 'one.test', ['one']), https('second', 'two.test', ['two'])]
    const config = served({ first: upstream.url, second: upstream.url }, listeners)
    await using sockets = await openSockets(config)
    const changed = {
      ...config,
      listeners: [https('first', 'one.test', ['one']), https('second', 'x.one.test', ['renewed'])],
    }
    sockets.gate.update({ version: 1, ...changed })
    const port = sockets.port('second')
    expect(brief(await askHttps({ port, servername: 'x.one.test' }))).toEqual([200, '{}', 'renewed'])
  })

  test.for<[string, Parameters<typeof secretsOf>[0], RegExp]>([
    ['are missing', {}, /listener "all": the secret test\/one\/tls\.crt is not among the secrets/],
    [
      'have the key of another',
      { one: { certificate: one.certificate, key: two.key } },
      /listener "all": .*fit together/,
    ],
    ['are no PEM text', { one: { certificate: 'x', key: 'y' } }, /listener "all": .*PEM/],
  ])('that %s change nothing', async ([, pairs, message]) => {
    await using upstream = await startUpstream()
    const config = served({ all: upstream.url }, [https('all', undefined, ['one'])])
    await using sockets = await openSockets(config)
    const update = (): void => sockets.gate.update({ version: 1, ...config }, { secrets: secretsOf(pairs) })
    expect(update).toThrow(message)
    expect(update).toThrow(expect.objectContaining({ code: 'HEADGATE_CERTIFICATE' }))
    const answer = await askHttps({ port: sockets.port('all'), servername: 'one.test', ca: one.certificate })
    expect(brief(answer)).toEqual([200, '{}', 'one'])
  })

  test('are read from files at an update', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'headgate-'))
    try {
      const write = (pair: typeof one): void => {
        writeFileSync(join(folder, 'tls.crt'), pair.certificate)
        writeFileSync(join(folder, 'tls.key'), pair.key)
      }
      write(one)
      const certificates = [{ certificate: { file: join(folder, 'tls.crt') }, key: { file: join(folder, 'tls.key') } }]
      await using upstream = await startUpstream()
      const listener = { name: 'all', port: 443, protocol: 'HTTPS' as const, certificates }
      await using sockets = await openSockets(served({ all: upstream.url }, [listener]))
      const ask = (): Promise<SecureAnswer> => askHttps({ port: sockets.port('all'), servername: 'one.test' })
      expect(shown(await ask())).toBe('one')
      write(renewed)
      expect(shown(await ask())).toBe('one')
      sockets.gate.update(sockets.gate.config)
      expect(shown(await ask())).toBe('renewed')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

test('a listener without its certificate is not opened, and says why without the key', async () => {
  const pair = { certificate: one.certificate, key: two.key }
  await using gate = new Gateway(
    { version: 1, listeners: [https('bad', 'one.test', ['one']), https('absent', undefined, ['none']), http('plain')] },
    { secrets: secretsOf({ one: pair }) },
  )
  const address = { host: '127.0.0.1', port: 0 }
  const opening = listen(gate, {
    bind: new Map([
      ['bad', address],
      ['absent', address],
    ]),
  })
  await expect(opening).rejects.toThrow(/listener "bad": .*\nlistener "absent": /)
  await expect(opening).rejects.not.toThrow(/PRIVATE KEY/)
  // One that is not opened may lack its own.
  const plain = await listen(gate, { bind: new Map([['plain', address]]) })
  await plain.close({ drainMs: 0 })
})

test('HTTP is redirected to HTTPS by declared ports, wherever the sockets are', async () => {
  await using upstream = await startUpstream()
  const config = served({ secure: upstream.url }, [http('plain', 'one.test'), https('secure', 'one.test', ['one'])])
  const redirect = { type: 'RequestRedirect' as const, scheme: 'https' as const, statusCode: 301 }
  const routes = [
    ...(config.routes ?? []),
    { name: 'to-https', listeners: ['plain'], rules: [{ filters: [redirect] }] },
  ]
  await using sockets = await openSockets({ ...config, routes }, { secrets })
  const first = await rawRequest(sockets.url('plain'), {
    target: '/v1/models?limit=1',
    headers: [['host', 'one.test']],
  })
  expect([first.status, first.header('location')]).toEqual([301, 'https://one.test/v1/models?limit=1'])
  const followed = await askHttps({ port: sockets.port('secure'), servername: 'one.test', path: '/v1/models?limit=1' })
  expect([followed.status, (await upstream.request(1)).target]).toEqual([200, '/v1/models?limit=1'])
})
