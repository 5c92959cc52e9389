/** Addresses that come and go with a config, while requests are under way. */

import { connect } from 'node:net'
import { gate as newGate, json, rawRequest, startUpstream, steps, wholeRequest } from '@headgate/testing'
import { ConfigError, GatewayError } from 'headgate'
import type { GatewayConfigInput } from 'headgate'
import { describe, expect, test } from 'vitest'
import { one } from './certificates.ts'
import { askHttps } from './https-client.ts'
import { http, https, openSockets, secrets } from './sockets.ts'
import type { Sockets } from './sockets.ts'

type Listeners = NonNullable<GatewayConfigInput['listeners']>

/** One route for every listener. */
function configOf(url: string, ...listeners: Listeners): GatewayConfigInput {
  const backends = [{ name: 'a', endpoints: [url] }]
  return { version: 1, listeners, backends, routes: [{ name: 'only', rules: [{ backends: [{ backend: 'a' }] }] }] }
}

/** Every listener at a port of its own, and what it had stays. */
function bindAll(...names: readonly string[]): ReadonlyMap<string, { host: string; port: number }> {
  return new Map(names.map((name) => [name, { host: '127.0.0.1', port: 0 }]))
}

function statusOf(sockets: Sockets, listener: string, host = 'a.test'): Promise<number> {
  return rawRequest(sockets.url(listener), { target: '/', headers: [['host', host]] }).then(({ status }) => status)
}

/** Resolves when nobody accepts connections at this port. */
function refused(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(undefined)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code))
  })
}

describe('an address that comes', () => {
  test('is opened, in clear text or with TLS, and those that were there keep their sockets', async () => {
    await using upstream = await startUpstream(json({}))
    await using sockets = await openSockets(configOf(upstream.url, http('first')))
    const port = sockets.port('first')
    const config = configOf(
      upstream.url,
      http('first'),
      http('second', undefined, 81),
      https('secure', 'one.test', ['one']),
    )
    await sockets.listening.update(config, { bind: bindAll('first', 'second', 'secure') })
    expect(sockets.port('first')).toBe(port)
    expect([await statusOf(sockets, 'first'), await statusOf(sockets, 'second')]).toEqual([200, 200])
    const answer = await askHttps({ port: sockets.port('secure'), servername: 'one.test', ca: one.certificate })
    expect(answer.status).toBe(200)
    const nameless = await askHttps({ port: sockets.port('secure'), servername: '', host: 'one.test' })
    expect(nameless.certificate).toBe(one.certificate)
  })

  test('is not opened for a listener at an address that is open: it joins it', async () => {
    await using upstream = await startUpstream(json({}))
    await using sockets = await openSockets(configOf(upstream.url, http('a', 'a.test')))
    expect(await statusOf(sockets, 'a', 'b.test')).toBe(404)
    const config = configOf(upstream.url, http('a', 'a.test'), http('b', 'b.test'))
    await sockets.listening.update(config, { bind: bindAll('a', 'b') })
    expect(sockets.port('b')).toBe(sockets.port('a'))
    expect(await statusOf(sockets, 'a', 'b.test')).toBe(200)
    await sockets.listening.update(configOf(upstream.url, http('b', 'b.test')))
    expect([...sockets.listening.addresses.keys()]).toEqual(['b'])
    expect([await statusOf(sockets, 'b', 'b.test'), await statusOf(sockets, 'b', 'a.test')]).toEqual([200, 404])
  })
})

describe('an address that goes', () => {
  test('takes no new connection, and what is in flight there ends', async () => {
    const hold = newGate()
    await using upstream = await startUpstream([steps(wholeRequest, hold, json({ late: true })), json({})])
    await using sockets = await openSockets(configOf(upstream.url, http('stays'), http('goes', undefined, 81)))
    const port = sockets.port('goes')
    const late = rawRequest(sockets.url('goes'), { target: '/', headers: [['host', 'a.test']] })
    await upstream.request(1)
    await sockets.listening.update(configOf(upstream.url, http('stays')))
    expect([...sockets.listening.addresses.keys()]).toEqual(['stays'])
    expect(await refused(port)).toBe('ECONNREFUSED')
    expect(await statusOf(sockets, 'stays')).toBe(200)
    hold.release()
    expect((await late).text).toContain('late')
  })

  test('is closed by close() as well, with what is in flight there', async () => {
    const hold = newGate()
    await using upstream = await startUpstream(steps(wholeRequest, hold, json({})))
    const sockets = await openSockets(configOf(upstream.url, http('stays'), http('goes', undefined, 81)))
    const late = rawRequest(sockets.url('goes'), { target: '/', headers: [['host', 'a.test']] })
    await upstream.request(1)
    await sockets.listening.update(configOf(upstream.url, http('stays')))
    const closing = sockets.listening.close()
    hold.release()
    expect((await late).status).toBe(200)
    await closing
  })
})

describe('nothing changes', () => {
  test('when an address is taken', async () => {
    await using upstream = await startUpstream(json({}))
    await using sockets = await openSockets(configOf(upstream.url, http('first')))
    const bind = new Map([...bindAll('first', 'free'), ['taken', { host: '127.0.0.1', port: upstream.port }] as const])
    const config = configOf(
      'http://127.0.0.1:1',
      http('first'),
      http('free', undefined, 81),
      http('taken', undefined, 82),
    )
    await expect(sockets.listening.update(config, { bind })).rejects.toThrow('EADDRINUSE')
    expect([...sockets.listening.addresses.keys()]).toEqual(['first'])
    expect(await statusOf(sockets, 'first')).toBe(200)
    await sockets.listening.update(configOf(upstream.url, http('first')))
  })

  test('when the config is refused, or a certificate is not there', async () => {
    await using upstream = await startUpstream(json({}))
    await using sockets = await openSockets(configOf(upstream.url, http('first')))
    const bind = bindAll('first', 'secure')
    const broken = configOf('nonsense', http('first'), http('secure', undefined, 81))
    await expect(sockets.listening.update(broken, { bind })).rejects.toThrow(ConfigError)
    const bare = configOf(upstream.url, http('first'), https('secure', 'one.test', ['absent']))
    await expect(sockets.listening.update(bare, { bind })).rejects.toMatchObject({ code: 'HEADGATE_CERTIFICATE' })
    expect([...sockets.listening.addresses.keys()]).toEqual(['first'])
    const whole = configOf(upstream.url, http('first'), https('secure', 'one.test', ['one']))
    await sockets.listening.update(whole, { bind, secrets })
    expect(sockets.listening.addresses.size).toBe(2)
  })

  test('when an open address would change between HTTP and HTTPS', async () => {
    await using upstream = await startUpstream(json({}))
    await using sockets = await openSockets(configOf(upstream.url, http('first', 'one.test', 443)))
    const config = configOf(upstream.url, https('first', 'one.test', ['one']))
    await expect(sockets.listening.update(config)).rejects.toThrow(GatewayError)
    expect(await statusOf(sockets, 'first', 'one.test')).toBe(200)
  })

  test('after close', async () => {
    await using upstream = await startUpstream(json({}))
    const sockets = await openSockets(configOf(upstream.url, http('first')))
    await sockets.listening.close()
    const config = configOf(upstream.url, http('first'), http('second', undefined, 81))
    await expect(sockets.listening.update(config, { bind: bindAll('first', 'second') })).rejects.toMatchObject({
      code: 'HEADGATE_CLOSED',
    })
  })
})
