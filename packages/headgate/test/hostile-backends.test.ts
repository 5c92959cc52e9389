/** Backends that break the rules: 502 or a visible cut, one delivery of a POST, and the next caller gets only its own reply. */

import { describe, expect, test } from 'vitest'
import {
  connectRaw,
  event,
  eventStream,
  faultsAfterReply,
  faultsBeforeReply,
  faultsInBody,
  interimStorm,
  json,
  rawRequest,
  reset,
  startUpstream,
} from '@headgate/testing'
import { chat, oneRoute, question, serve } from './serve.ts'

const post = { method: 'POST', target: '/v1/other', body: question.body }
const streamPost = { ...post, target: chat }

describe('no valid reply: 502 after one delivery', () => {
  test.for(Object.entries(faultsBeforeReply))('%s', async ([, script]) => {
    await using upstream = await startUpstream(script)
    await using served = await serve(oneRoute({ a: upstream.url }, { timeouts: { headers: '1s' } }))
    const reply = await rawRequest(served.url, post)
    expect([502, 504]).toContain(reply.status)
    expect(upstream.requests).toHaveLength(1)
    expect(reply.body.toString()).not.toMatch(/127\.0\.0\.1|ECONN|UND_ERR|socket|node:/)
  })
})

describe('a body that breaks: the caller sees that it is not whole', () => {
  test.for(Object.entries(faultsInBody))('%s', async ([, script]) => {
    await using upstream = await startUpstream(script)
    await using served = await serve(oneRoute({ a: upstream.url }))
    const client = await connectRaw(served.url)
    await client.send(post)
    const reply = await client.reply('POST')
    expect(reply.status).toBe(200)
    expect(await reply.settled()).toBe('cut')
    expect(await served.report(1)).toMatchObject({ result: 'broken' })
    expect(upstream.requests).toHaveLength(1)
    client.abort()
  })
})

describe('what belongs to nobody reaches nobody', () => {
  test.for(Object.entries(faultsAfterReply))('%s', async ([, script]) => {
    await using upstream = await startUpstream([script, json({ mine: true })])
    await using served = await serve(oneRoute({ a: upstream.url }))
    const client = await connectRaw(served.url)
    await client.send(post)
    const first = await client.reply('POST')
    await first.settled()
    await client.send(post)
    const second = await client.reply('POST')
    await second.settled()
    expect(second.body.toString()).toBe('{"mine":true}')
    client.abort()
  })
})

test("bytes on an idle connection become nobody's reply, and close it", async () => {
  await using upstream = await startUpstream([json({ n: 1 }), json({ n: 2 })])
  await using served = await serve(oneRoute({ a: upstream.url }))
  expect((await rawRequest(served.url, post)).text).toBe('{"n":1}')
  await upstream.connections[0]?.write('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nstray')
  expect(await upstream.closed(1)).toMatch(/^peer-/)
  expect((await rawRequest(served.url, post)).text).toBe('{"n":2}')
})

test('a storm of interim replies is 502', async () => {
  await using upstream = await startUpstream(interimStorm(json({})))
  await using served = await serve(oneRoute({ a: upstream.url }))
  expect((await rawRequest(served.url, post)).status).toBe(502)
})

describe('a broken event stream of a known dialect ends with its error event and without the last chunk', () => {
  test.for<[string, string, RegExp]>([
    ['OpenAI chat', chat, /\n\ndata: \{"error":\{.*"code":"upstream_reset"/],
    ['Anthropic messages', '/v1/messages', /\n\nevent: error\ndata: \{"type":"error"/],
  ])('%s', async ([, target, expected]) => {
    await using upstream = await startUpstream(eventStream([event({ n: 1 }), 'data: {"half', reset]))
    await using served = await serve(oneRoute({ a: upstream.url }))
    const client = await connectRaw(served.url)
    await client.send({ ...streamPost, target })
    const reply = await client.reply('POST')
    expect(await reply.settled()).toBe('cut')
    const text = reply.body.toString()
    expect(text).toMatch(expected)
    expect(text).not.toContain('[DONE]')
    client.abort()
  })

  test('but not where the stream is coded', async () => {
    const headers = [['content-encoding', 'gzip']] as const
    await using upstream = await startUpstream(eventStream(['\u001f\u008b', reset], { headers }))
    await using served = await serve(oneRoute({ a: upstream.url }))
    const client = await connectRaw(served.url)
    await client.send(streamPost)
    const reply = await client.reply('POST')
    expect(await reply.settled()).toBe('cut')
    expect(reply.body.toString()).not.toContain('error')
    client.abort()
  })
})
