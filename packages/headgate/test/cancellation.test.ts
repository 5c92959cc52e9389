/** A caller that leaves: the backend hears of it at once, and every count returns to where it was. */

import { expect, test } from 'vitest'
import { connectRaw, event, eventStream, failure, silence, startUpstream, steps, wholeRequest } from '@headgate/testing'
import { chat, oneRoute, question, serve } from './serve.ts'
import type { Served } from './serve.ts'

const json = ['content-type', 'application/json'] as const
const post = { method: 'POST', target: chat, headers: [json], body: question.body }

function settled(served: Served): unknown {
  return [
    served.gate.inFlight,
    ...served.gate.backends().flatMap(({ endpoints }) => endpoints.map(({ inFlight }) => inFlight)),
  ]
}

test('before the head', async () => {
  await using upstream = await startUpstream(silence)
  await using served = await serve(oneRoute({ a: upstream.url }))
  const client = await connectRaw(served.url)
  await client.send(post)
  await upstream.request(1)
  client.abort()
  expect(await upstream.closed(1)).toMatch(/^peer-/)
  expect(await served.report(1)).toMatchObject({ result: 'abandoned', status: 0, attempts: [{ outcome: 'cancelled' }] })
  expect(settled(served)).toEqual([0, 0])
})

test('in the middle of a stream', async () => {
  await using upstream = await startUpstream(eventStream([event({ n: 1 }), silence]))
  await using served = await serve(oneRoute({ a: upstream.url }))
  const client = await connectRaw(served.url)
  await client.send(post)
  await client.reply('POST')
  client.abort()
  expect(await upstream.closed(1)).toMatch(/^peer-/)
  expect(await served.report(1)).toMatchObject({ result: 'abandoned', status: 200 })
  expect(settled(served)).toEqual([0, 0])
})

test('while uploading: the backend never gets a body that looks whole', async () => {
  await using upstream = await startUpstream(steps(wholeRequest, silence))
  await using served = await serve(oneRoute({ a: upstream.url }))
  const client = await connectRaw(served.url)
  await client.write(`POST ${chat} HTTP/1.1\r\nhost: h\r\ncontent-length: 100000\r\n\r\n${'x'.repeat(50_000)}`)
  const request = await upstream.request(1)
  client.abort()
  expect(await request.settled).toBe('cut')
  expect(await served.report(1)).toMatchObject({ result: 'abandoned' })
  expect(settled(served)).toEqual([0, 0])
})

test('during a back-off: nothing is sent any more', async () => {
  await using upstream = await startUpstream(failure(503))
  const retry = {
    retries: 3,
    on: [503],
    backoff: { type: 'minimum' as const, base: '1h' as const, max: '1h' as const },
  }
  await using served = await serve(oneRoute({ a: upstream.url }, { retry }))
  const client = await connectRaw(served.url)
  const scheduled = new Promise<void>((resolve) => served.gate.once('retry-scheduled', () => resolve()))
  await client.send(post)
  await scheduled
  client.abort()
  expect(await served.report(1)).toMatchObject({ result: 'abandoned', attempts: [{ outcome: '503' }] })
  expect(upstream.requests).toHaveLength(1)
  expect(settled(served)).toEqual([0, 0])
})

test('a probe of a half-open breaker that is abandoned frees its place', async () => {
  await using upstream = await startUpstream([failure(500), silence])
  const config = oneRoute({}, { backends: [{ backend: 'a' }] })
  const breaker = { failures: 1, openFor: 1, maxOpenFor: 1 }
  await using served = await serve({ ...config, backends: [{ name: 'a', endpoints: [upstream.url], breaker }] })
  await fetch(served.url + chat, question)
  const probed = upstream.request(2).then(() => true)
  // The circuit is open for a millisecond: ask until the probe is admitted.
  for (let admitted = false; !admitted;) {
    const client = await connectRaw(served.url)
    await client.send(post)
    const refused = client.reply('POST').then(() => false)
    admitted = await Promise.race([probed, refused])
    client.abort()
    await refused.catch(() => undefined)
  }
  await upstream.closed((await upstream.request(2)).connection)
  expect(await served.report(served.reports.length + (served.gate.inFlight > 0 ? 1 : 0))).toMatchObject({
    result: 'abandoned',
  })
  expect(served.gate.backends()[0]?.endpoints[0]?.breaker).toBe('half-open')
  expect(settled(served)).toEqual([0, 0])
  // The place is free: the next request is let through as a probe again.
  const next = await connectRaw(served.url)
  await next.send(post)
  await upstream.request(3)
  next.abort()
})
