/** Every case of the corpus, against a node:http server with the gateway in it and against sockets of the gateway's own. */

import { describe, expect, test } from 'vitest'
import { connectRaw, gate as newGate, json, startUpstream, steps, wholeRequest } from '@headgate/testing'
import { bytesOf, corpus, open } from './corpus.ts'
import type { BrokenReply, PassedReply, PassedRequest, RefusedRequest } from './corpus.ts'

const post = { method: 'POST', target: '/x', body: 'abc' }

const refused = ['request-framing', 'request-lines', 'request-bounds', 'request-targets', 'request-hosts']

describe.each(refused)('%s: is answered, closed, and no byte of it reaches the backend', (file) => {
  test.for(corpus<RefusedRequest>(file))('%s: %s', async ([way, , one]) => {
    await using upstream = await startUpstream()
    await using served = await open(way, upstream)
    using client = await connectRaw(served.url)
    await client.write(bytesOf(one))
    const reply = await client.reply('POST')
    expect(one.statuses).toContain(reply.status)
    expect(await reply.settled()).toBe('whole')
    await client.ended()
    expect(upstream.requests.filter(({ state }) => state === 'whole')).toEqual([])
    expect(served.gate.inFlight).toBe(0)
  })
})

test.for(corpus<RefusedRequest>('request-chunks'))(
  'a body with broken chunks is 400 and never whole, %s: %s',
  async ([way, , one]) => {
    await using upstream = await startUpstream()
    await using served = await open(way, upstream)
    using client = await connectRaw(served.url)
    await client.write(bytesOf(one))
    expect((await client.reply('POST')).status).toBe(400)
    await client.ended()
    expect(upstream.requests.filter(({ state }) => state === 'whole')).toEqual([])
    expect(served.gate.inFlight).toBe(0)
  },
)

test.for(corpus<PassedRequest>('request-passed'))('goes on as one request, %s: %s', async ([way, , one]) => {
  await using upstream = await startUpstream(json({}))
  await using served = await open(way, upstream)
  using client = await connectRaw(served.url)
  await client.write(bytesOf(one))
  expect((await client.reply()).status).toBe(200)
  const [seen] = upstream.requests
  expect(upstream.requests).toHaveLength(1)
  expect(seen?.target).toBe(one.target ?? '/x')
  expect([seen?.state, seen?.body.toString()]).toEqual(['whole', one.body ?? ''])
  for (const [name, value] of Object.entries(one.fields ?? {}))
    expect([name, seen?.values(name)]).toEqual([name, [value]])
  expect(one.absent?.filter((name) => seen?.header(name) !== undefined) ?? []).toEqual([])
})

test.for(corpus<BrokenReply>('reply-invalid'))('is 502 after one delivery, %s: %s', async ([way, , one]) => {
  await using upstream = await startUpstream(steps(wholeRequest, bytesOf(one)))
  await using served = await open(way, upstream)
  using client = await connectRaw(served.url)
  await client.send(post)
  const reply = await client.reply('POST')
  expect([reply.status, await reply.settled(), reply.header('x-headgate-error')]).toEqual([
    502,
    'whole',
    'upstream_invalid',
  ])
  expect(await upstream.closed(1)).toMatch(/^peer-/)
  expect(upstream.requests).toHaveLength(1)
})

test.for(corpus<BrokenReply>('reply-cut'))('is a visible cut after one delivery, %s: %s', async ([way, , one]) => {
  const seen = newGate()
  const script = steps(wholeRequest, bytesOf(one), seen, (_request, wire) => {
    if (one.then !== undefined) wire[one.then]()
  })
  await using upstream = await startUpstream(script)
  await using served = await open(way, upstream)
  using client = await connectRaw(served.url)
  await client.send(post)
  const reply = await client.reply('POST')
  seen.release()
  expect([reply.status, await reply.settled()]).toEqual([200, 'cut'])
  expect(await served.report(1)).toMatchObject({ result: 'broken' })
  await upstream.closed(1)
  expect(upstream.requests).toHaveLength(1)
})

test.for(corpus<PassedReply>('reply-passed'))("goes on, and what follows is nobody's, %s: %s", async ([way, , one]) => {
  await using upstream = await startUpstream([steps(wholeRequest, bytesOf(one)), json({ mine: true })])
  await using served = await open(way, upstream)
  using client = await connectRaw(served.url)
  await client.send({ method: one.method ?? 'GET', target: '/x' })
  const reply = await client.reply(one.method)
  expect([await reply.settled(), reply.status, reply.text]).toEqual(['whole', one.status, one.body])
  for (const [name, value] of Object.entries(one.fields ?? {}))
    expect([name, reply.values(name)]).toEqual([name, [value]])
  expect(one.absent?.filter((name) => reply.header(name) !== undefined) ?? []).toEqual([])
  expect(reply.trailers).toEqual([])
  await client.send(post)
  const next = await client.reply('POST')
  expect([await next.settled(), next.text]).toEqual(['whole', '{"mine":true}'])
})
