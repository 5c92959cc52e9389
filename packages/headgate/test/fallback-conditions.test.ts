/** Fallbacks for what an error says, and what a backend that is taken instead gets: its own model name and its own credential. */

import { describe, expect, test } from 'vitest'
import { eventStream, json, reply, startUpstream } from '@headgate/testing'
import { chat, oneRoute, question, serve } from './serve.ts'
import { apis } from './stream-faults.ts'

const [, api] = apis[0] as (typeof apis)[number]

const tooLong = json(
  { error: { message: "This model's maximum context length is 8192 tokens.", code: 'context_length_exceeded' } },
  { status: 400 },
)
const refused = json({ error: { message: 'No.', code: 'content_policy_violation' } }, { status: 400 })
const spent = json(
  { error: { message: 'You exceeded your current quota.', code: 'insufficient_quota' } },
  { status: 403 },
)
const wrong = json({ error: { message: 'messages is missing', type: 'invalid_request_error' } }, { status: 400 })

describe('by what the error says', () => {
  test.for([
    ['context-length', tooLong],
    ['content-policy', refused],
    ['quota', spent],
    ['context-length', eventStream([api.opening, api.error('invalid_request_error', 'context_length_exceeded')])],
  ] as const)('%s goes to the fallback where it is listed', async ([name, script]) => {
    await using bad = await startUpstream(script)
    await using good = await startUpstream(json({ ok: true }))
    const fallback = { backends: ['b'], on: [name] }
    await using served = await serve(oneRoute({ a: bad.url, b: good.url }, { fallback }))
    const answer = await fetch(served.url + chat, question)
    expect([answer.status, await answer.json()]).toEqual([200, { ok: true }])
    expect((await served.report(1)).attempts.map(({ outcome }) => outcome)).toEqual([name, 'ok'])
  })

  test.for([
    ['another kind is listed', tooLong, ['quota' as const]],
    ['it is not listed', tooLong, undefined],
    ['the error is of none of them', wrong, ['context-length' as const, 'content-policy' as const, 'quota' as const]],
  ] as const)('the reply goes to the caller as it is where %s', async ([, script, on]) => {
    await using bad = await startUpstream(script)
    await using good = await startUpstream(json({ ok: true }))
    const fallback = { backends: ['b'], on }
    await using served = await serve(oneRoute({ a: bad.url, b: good.url }, { fallback }))
    const answer = await fetch(served.url + chat, question)
    expect(answer.status).toBe(400)
    expect(await answer.json()).toHaveProperty('error.message')
    expect(good.requests).toHaveLength(0)
  })

  test('a 4xx whose body is too long to be read goes on whole', async () => {
    const body = 'x'.repeat(200_000)
    await using bad = await startUpstream(reply({ status: 400, body }))
    const fallback = { backends: ['b'], on: ['quota' as const] }
    await using served = await serve(oneRoute({ a: bad.url, b: bad.url }, { fallback }))
    const answer = await fetch(served.url + chat, question)
    expect([answer.status, await answer.text()]).toEqual([400, body])
  })
})

describe('the model of a backend', () => {
  const body =
    '{ "messages": [{"role":"user","content":"\\u00e9 \\"model\\":"}],\n  "model" : "gpt-4", "n": 12345678901234567890 }'

  async function sent(init: RequestInit): Promise<readonly [string, string | undefined]> {
    await using upstream = await startUpstream(json({ ok: true }))
    const config = oneRoute({ a: upstream.url })
    const backends = [{ name: 'a', endpoints: [upstream.url], model: 'claude "3"' }]
    await using served = await serve({ ...config, backends })
    const answer = await fetch(served.url + chat, init)
    expect(answer.status).toBe(200)
    const request = upstream.requests[0]
    return [request?.body.toString() ?? '', request?.header('content-length')]
  }

  test('replaces the name in the body and no other byte', async () => {
    const expected = body.replace('"gpt-4"', '"claude \\"3\\""')
    expect(await sent({ ...question, body })).toEqual([expected, String(Buffer.byteLength(expected))])
  })

  test('also in a body that comes in chunks and is larger than what is sent in one write', async () => {
    const long = `{"padding":"${'x'.repeat(100_000)}","model":"gpt-4"}`
    const stream = new Blob([long]).stream()
    const [received] = await sent({ ...question, body: stream, duplex: 'half' } as RequestInit)
    expect(received).toBe(long.replace('"gpt-4"', '"claude \\"3\\""'))
  })

  test.for([
    ['is not JSON', 'text/plain', body],
    ['names no model', 'application/json', '{"input":1}'],
    ['names two', 'application/json', '{"model":"a","model":"b"}'],
    ['is cut', 'application/json', '{"model":"a"'],
  ] as const)('leaves a body alone that %s', async ([, type, text]) => {
    expect((await sent({ method: 'POST', headers: { 'content-type': type }, body: text }))[0]).toBe(text)
  })

  test('is that of the backend that is tried, from the caller’s own body each time', async () => {
    await using bad = await startUpstream(json({}, { status: 500 }))
    await using good = await startUpstream(json({ ok: true }))
    await using served = await serve({
      ...oneRoute({ a: bad.url, b: good.url, c: good.url }, { fallback: { backends: ['b', 'c'] } }),
      backends: [
        { name: 'a', endpoints: [bad.url], model: 'model-a', headers: [{ name: 'authorization', value: 'Bearer a' }] },
        { name: 'b', endpoints: [bad.url], headers: [{ name: 'x-api-key', value: 'b' }] },
        { name: 'c', endpoints: [good.url], model: 'model-c' },
      ],
    })
    const headers = { ...question.headers, authorization: 'Bearer caller' }
    expect((await fetch(served.url + chat, { ...question, headers, body: '{"model":"m"}' })).status).toBe(200)
    const seen = [...bad.requests, ...good.requests].map((request) => [
      request.body.toString(),
      request.header('authorization'),
      request.header('x-api-key'),
    ])
    expect(seen).toEqual([
      ['{"model":"model-a"}', 'Bearer a', undefined],
      ['{"model":"m"}', 'Bearer caller', 'b'],
      ['{"model":"model-c"}', 'Bearer caller', undefined],
    ])
  })

  test('a body that is too large to be read whole is answered 413', async () => {
    await using upstream = await startUpstream(json({ ok: true }))
    await using served = await serve({
      ...oneRoute({ a: upstream.url }),
      backends: [{ name: 'a', endpoints: [upstream.url], model: 'm' }],
    })
    const answer = await fetch(served.url + chat, { ...question, body: 'x'.repeat(8 * 1024 * 1024 + 1) })
    expect([answer.status, answer.headers.get('x-headgate-error')]).toEqual([413, 'body_too_large'])
    expect(upstream.requests).toHaveLength(0)
  })
})
