/** Spans of requests that have no plain reply of one backend: answers of the gateway's own, early heads, mirrors, a close in between. */

import { describe, expect, test } from 'vitest'
import {
  event,
  eventStream,
  gate as newGate,
  json,
  silence,
  startUpstream,
  steps,
  wholeRequest,
} from '@headgate/testing'
import type { Attributes } from '@opentelemetry/api'
import { attemptSpan, exactSpans, requestSpan } from './exact.ts'
import { bytesUntilBroken, chat, observe, question, route, spanSdk } from './observed.ts'

const hello = event('{"choices":[{"index":0,"delta":{"content":"hello"}}]}')
const done = event('[DONE]')
const asked = { 'http.request.body.size': question.body.length }
const traceId = '0af7651916cd43dd8448eb211c80319c'
const callerId = 'b7ad6b7169203331'
const traceparent = `00-${traceId}-${callerId}-01`

/** Of a request for which no backend was chosen. */
const unsplit: Attributes = {
  'headgate.split.by': undefined,
  'headgate.split.chosen': undefined,
  'headgate.split.slot': undefined,
  'headgate.backend': undefined,
  'headgate.attempts': 0,
  'headgate.result': 'answered',
  'http.request.body.size': 0,
}
const get = { name: 'GET /v1', parent: callerId }

describe('one span for what the gateway answers by itself', () => {
  test('no route', async () => {
    const sdk = spanSdk()
    await using gate = await observe({ backends: [], routes: [] }, sdk)
    const reply = await fetch(`${gate.url}/elsewhere?key=1`, { headers: { traceparent } })
    const body = await reply.text()
    expect(exactSpans(sdk)).toEqual([
      requestSpan(
        gate.url,
        {
          ...unsplit,
          'http.request.method': 'GET',
          'http.response.status_code': 404,
          'http.response.body.size': body.length,
          'url.path': '/elsewhere',
          'http.route': undefined,
          'headgate.route': undefined,
          'headgate.rule': undefined,
          'headgate.code': 'no_route',
        },
        { name: 'GET', parent: callerId },
      ),
    ])
  })

  test('a redirect', async () => {
    const sdk = spanSdk()
    const filters = [{ type: 'RequestRedirect' as const, hostname: 'else.test' }]
    await using gate = await observe(route({}, { backends: [], filters }), sdk)
    const reply = await fetch(`${gate.url}/v1/models`, { redirect: 'manual', headers: { traceparent } })
    await reply.text()
    await gate.report(1)
    expect(exactSpans(sdk)).toEqual([
      requestSpan(
        gate.url,
        {
          ...unsplit,
          'http.request.method': 'GET',
          'http.response.status_code': 302,
          'http.response.body.size': 0,
          'url.path': '/v1/models',
          'headgate.code': 'redirect',
        },
        get,
      ),
    ])
  })

  test('a CORS preflight', async () => {
    await using a = await startUpstream(json({}))
    const sdk = spanSdk()
    const filters = [{ type: 'CORS' as const, allowOrigins: ['https://app.test'], allowMethods: ['POST'] }]
    await using gate = await observe(route({ a: a.url }, { filters }), sdk)
    const headers = { origin: 'https://app.test', 'access-control-request-method': 'POST', traceparent }
    const reply = await fetch(gate.url + chat, { method: 'OPTIONS', headers })
    await reply.text()
    await gate.report(1)
    expect(a.requests).toEqual([])
    expect(exactSpans(sdk)).toEqual([
      requestSpan(
        gate.url,
        {
          ...unsplit,
          'http.request.method': 'OPTIONS',
          'http.response.status_code': reply.status,
          'http.response.body.size': 0,
          'headgate.code': 'cors_preflight',
        },
        { name: 'OPTIONS /v1', parent: callerId },
      ),
    ])
  })

  test('a closing gateway', async () => {
    await using a = await startUpstream(json({}))
    const sdk = spanSdk()
    await using gate = await observe(route({ a: a.url }), sdk)
    await gate.gate.close()
    const reply = await fetch(gate.url + chat, { ...question, headers: { traceparent } })
    const body = await reply.text()
    expect(exactSpans(sdk)).toEqual([
      requestSpan(
        gate.url,
        {
          ...unsplit,
          'http.response.status_code': 503,
          'http.response.body.size': body.length,
          'http.route': undefined,
          'headgate.route': undefined,
          'headgate.rule': undefined,
          'headgate.code': 'closing',
          'error.type': 'closing',
        },
        { name: 'POST', parent: callerId, status: 'ERROR' },
      ),
    ])
  })
})

test('an early head makes no difference to the spans', async () => {
  const hold = newGate()
  await using a = await startUpstream(steps(wholeRequest, hold, eventStream([hello, done])))
  const sdk = spanSdk()
  await using gate = await observe(route({ a: a.url }, { earlyHead: { after: 1, every: 60_000 } }), sdk)
  const body = '{"model":"m","stream":true}'
  const reply = await fetch(gate.url + chat, { ...question, body })
  expect(sdk.begun).toEqual(['POST /v1', 'chat'])
  hold.release()
  const text = await reply.text()
  await gate.report(1)
  expect(text).toBe(`: keep-alive\n\n${hello}${done}`)
  expect(exactSpans(sdk)).toEqual([
    requestSpan(gate.url, { 'http.request.body.size': body.length, 'http.response.body.size': text.length }),
    attemptSpan(a.url, { 'http.response.body.size': (hello + done).length }),
  ])
})

describe('close() with requests under way', () => {
  test('one that has no head yet is answered', async () => {
    await using a = await startUpstream(silence)
    const sdk = spanSdk()
    await using gate = await observe(route({ a: a.url }), sdk)
    const reply = fetch(gate.url + chat, question)
    await (
      await a.request(1)
    ).settled
    await gate.gate.close({ drainMs: 0 })
    const body = await (await reply).text()
    await gate.report(1)
    expect(exactSpans(sdk)).toEqual([
      requestSpan(
        gate.url,
        {
          ...asked,
          'http.response.status_code': 503,
          'http.response.body.size': body.length,
          'headgate.result': 'answered',
          'headgate.code': 'closing',
          'headgate.backend': undefined,
          'error.type': 'closing',
        },
        { status: 'ERROR' },
      ),
      attemptSpan(a.url, {
        'http.response.status_code': undefined,
        'http.response.body.size': 0,
        'headgate.attempt.outcome': 'cancelled',
      }),
    ])
  })

  test('one in mid-stream is broken off', async () => {
    const more = newGate()
    await using a = await startUpstream(eventStream([hello, more]))
    const sdk = spanSdk()
    await using gate = await observe(route({ a: a.url }), sdk)
    const reply = await fetch(gate.url + chat, question)
    const reader = reply.body?.getReader()
    const first = await reader?.read()
    expect(sdk.spans()).toEqual([])
    await gate.gate.close({ drainMs: 0 })
    await gate.report(1)
    // The event that tells of the end is the caller's as well.
    const told = (first?.value?.length ?? 0) + (await bytesUntilBroken(reader))
    const spans = exactSpans(sdk)
    expect(spans).toEqual([
      requestSpan(
        gate.url,
        {
          ...asked,
          'http.response.body.size': told,
          'headgate.result': 'broken',
          'headgate.code': 'closing',
          'error.type': 'closing',
        },
        { status: 'ERROR' },
      ),
      attemptSpan(a.url, { 'http.response.body.size': hello.length, 'headgate.attempt.outcome': 'cancelled' }),
    ])
  })
})

test('a mirror is no span, and a copy that fails is none either', async () => {
  await using a = await startUpstream(json({}))
  await using copy = await startUpstream(json({}, { status: 500 }))
  const sdk = spanSdk()
  const filters = [{ type: 'RequestMirror' as const, backend: 'copy' }]
  await using gate = await observe(route({ a: a.url, copy: copy.url }, { filters }), sdk)
  await (await fetch(gate.url + chat, question)).text()
  await (
    await copy.request(1)
  ).settled
  await gate.report(1)
  expect(exactSpans(sdk)).toEqual([
    requestSpan(gate.url, { ...asked, 'http.response.body.size': 2 }),
    attemptSpan(a.url, { 'http.response.body.size': 2 }),
  ])
  const [request] = sdk.lives
  expect(copy.requests[0]?.header('traceparent')).toContain(request?.span.spanContext().spanId)
})
