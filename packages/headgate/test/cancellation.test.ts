/** A caller that leaves: the backend hears of it at once, and everything that the request held is given back. */

import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { event, eventStream, failure, gate as newGate, head, silence, startUpstream, steps } from '@headgate/testing'
import { wholeRequest } from '@headgate/testing'
import type { Upstream } from '@headgate/testing'
import { callers } from './callers.ts'
import type { Callers } from './callers.ts'
import { heldBy, nothing, when } from './held.ts'
import { oneRoute } from './serve.ts'
import { seeSockets } from './seen-sockets.ts'

const sockets = seeSockets()

const abandoned = { result: 'abandoned' }
/** Over HTTP/2 the upload of unknown length is what breaks first. */
const gaveUp = expect.stringMatching(/^(?:cancelled|upload-failed)$/) as string

/** What the last report says, and that nothing is held any more. */
async function settles(served: Callers, report: object = abandoned): Promise<void> {
  expect(await served.report(1)).toMatchObject(report)
  await when(() => heldBy(served.gate).connections === 0)
  expect(heldBy(served.gate)).toEqual(nothing)
}

const hours = { type: 'minimum', base: '1h', max: '1h' } as const
/** With every clock on, so that there is something to disarm. */
const timeouts = { request: '9h', headers: '1h', backend: '1h' } as const
const retry = { retries: 2, on: [503], perTry: '1h', backoff: hours } as const

describe.each(Object.entries(callers))('%s: leaving', (_, open) => {
  const route = (upstream: Upstream): ReturnType<typeof oneRoute> => oneRoute({ a: upstream.url }, { timeouts, retry })

  test('while it waits for a connection', async () => {
    await using upstream = await startUpstream(eventStream([event('one'), silence]))
    const backends = [{ name: 'a', endpoints: [upstream.url], capacity: { maxConnections: 1 } }]
    await using served = await open({ ...route(upstream), backends })
    const first = await served.post()
    await first.until('one')
    const before = heldBy(served.gate)
    const second = await served.post()
    await when(() => heldBy(served.gate).queued === 1)
    second.leave()
    expect(await served.report(1)).toMatchObject({ ...abandoned, attempts: [{ outcome: gaveUp, status: 0 }] })
    expect(heldBy(served.gate)).toEqual(before)
    expect(upstream.requests).toHaveLength(1)
    first.leave()
    await upstream.closed(1)
    await served.report(2)
    await when(() => heldBy(served.gate).connections === 0)
    expect(heldBy(served.gate)).toEqual(nothing)
  })

  test('during a back-off', async () => {
    await using upstream = await startUpstream(failure(503))
    await using served = await open(route(upstream))
    const scheduled = new Promise<void>((resolve) => served.gate.once('retry-scheduled', () => resolve()))
    const caller = await served.post()
    await scheduled
    caller.leave()
    await settles(served, { ...abandoned, attempts: [{ outcome: '503' }] })
    expect(upstream.requests).toHaveLength(1)
  })

  test('while the connection is opened', async () => {
    // It takes the connection and says nothing, so that the handshake waits.
    const silent: Socket[] = []
    const server = createServer((socket) => silent.push(socket.on('error', () => {})))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
    await using served = await open(oneRoute({ a: url }, { timeouts, retry }))
    const caller = await served.post()
    await when(() => silent.length === 1)
    caller.leave()
    await new Promise<void>((resolve) => silent[0]?.resume().once('close', resolve))
    await settles(served, { ...abandoned, attempts: [{ outcome: gaveUp, status: 0 }] })
    expect(silent).toHaveLength(1)
    server.close()
  })

  test('while it uploads: the backend never gets a body that looks whole', async () => {
    await using upstream = await startUpstream(steps(wholeRequest, silence))
    await using served = await open(route(upstream))
    const caller = await served.post(100_000)
    caller.upload('x'.repeat(50_000))
    const request = await upstream.request(1)
    await when(() => request.body.length === 50_000)
    expect(heldBy(served.gate).keptBytes).toBe(50_000)
    caller.leave()
    expect(await request.settled).toBe('cut')
    await settles(served)
  })

  test('while it waits for the head', async () => {
    await using upstream = await startUpstream(steps(wholeRequest, silence))
    await using served = await open(route(upstream))
    const caller = await served.post()
    await (
      await upstream.request(1)
    ).settled
    caller.leave()
    expect(await upstream.closed(1)).toMatch(/^peer-/)
    await settles(served, { ...abandoned, status: 0, attempts: [{ outcome: gaveUp, status: 0 }] })
  })

  test('while it waits for the first event', async () => {
    const sent = newGate()
    const fields = [
      ['content-type', 'text/event-stream'],
      ['transfer-encoding', 'chunked'],
    ] as const
    await using upstream = await startUpstream(steps(wholeRequest, head(200, fields), sent, silence))
    await using served = await open(route(upstream))
    const caller = await served.post()
    await sent.reached
    await when(() => (sockets.to(upstream.port)?.bytesRead ?? 0) > 0)
    await new Promise((resolve) => setImmediate(resolve))
    caller.leave()
    expect(await upstream.closed(1)).toMatch(/^peer-/)
    await settles(served, { ...abandoned, attempts: [{ outcome: gaveUp, status: 200 }] })
  })

  test('in the middle of a stream', async () => {
    await using upstream = await startUpstream(eventStream([event('one'), silence]))
    await using served = await open(route(upstream))
    const caller = await served.post()
    await caller.until('one')
    caller.leave()
    expect(await upstream.closed(1)).toMatch(/^peer-/)
    await settles(served, { ...abandoned, status: 200 })
  })

  test('a probe of a half-open breaker frees its place', async () => {
    await using upstream = await startUpstream([failure(500), silence])
    const breaker = { failures: 1, openFor: 1, maxOpenFor: 1 }
    const config = oneRoute({}, { backends: [{ backend: 'a' }] })
    await using served = await open({ ...config, backends: [{ name: 'a', endpoints: [upstream.url], breaker }] })
    await served.post()
    await served.report(1)
    // The circuit is open for a millisecond: ask until the probe is admitted.
    let asked = 1
    while (upstream.requests.length < 2) {
      const probe = await served.post()
      asked++
      await when(() => upstream.requests.length === 2 || served.reports.length === asked)
      probe.leave()
    }
    await upstream.closed((await upstream.request(2)).connection)
    expect(await served.report(asked)).toMatchObject(abandoned)
    expect(served.gate.backends()[0]?.endpoints[0]?.breaker).toBe('half-open')
    await when(() => heldBy(served.gate).connections === 0)
    expect(heldBy(served.gate)).toEqual(nothing)
    // The place is free: the next request is let through as a probe again.
    const next = await served.post()
    await upstream.request(3)
    next.leave()
  })
})
