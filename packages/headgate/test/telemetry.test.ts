/** What registered telemetry is told of a request and when, what it may write, and that it harms nobody. */

import { describe, expect, test } from 'vitest'
import { cutReply, event, eventStream, failure, gate as newGate, json, reply, startUpstream } from '@headgate/testing'
import { fetchHandler, Gateway } from 'headgate'
import type { RequestTelemetry, Telemetry, TelemetryAttempt, TelemetryRequest } from 'headgate'
import { chat, oneRoute, question, serve } from './serve.ts'

interface Told extends Telemetry {
  readonly calls: string[]
  readonly requests: TelemetryRequest[]
  readonly attempts: TelemetryAttempt[]
}

/** Writes down what it is told. */
function listener(own: Partial<RequestTelemetry> = {}, active = true): Told {
  const calls: string[] = []
  const requests: TelemetryRequest[] = []
  const attempts: TelemetryAttempt[] = []
  return {
    calls,
    requests,
    attempts,
    active,
    begin(request) {
      calls.push('begin')
      requests.push(request)
      return {
        recording: true,
        attempt(attempt, head) {
          attempts.push(attempt)
          calls.push(`attempt at ${attempt.backend}`)
          head.set('traceparent', `of attempt ${attempts.length}`)
          head.remove('x-unwanted')
        },
        attemptEnded: ({ outcome, cause }) => void calls.push(`attempt ended: ${outcome}, ${cause}`),
        ended: ({ result, status }) => void calls.push(`ended: ${result} ${status}`),
        mirror(head) {
          calls.push('mirror')
          head.set('traceparent', 'of mirror')
        },
        ...own,
      }
    },
  }
}

const retried = {
  retry: { retries: 1, on: ['5xx' as const], backoff: { base: 1, max: 1 } },
  fallback: { backends: ['b'] },
}

test('it is told of each step in its order, and writes into each head anew', async () => {
  await using a = await startUpstream(failure(500))
  await using b = await startUpstream(json({}))
  const telemetry = listener()
  await using served = await serve(oneRoute({ a: a.url, b: b.url }, retried), { telemetry })
  const headers = { traceparent: 'of the caller', 'x-unwanted': '1', 'x-wanted': '1' }
  expect((await fetch(`${served.url}${chat}?key=secret`, { ...question, headers })).status).toBe(200)
  await served.report(1)
  expect(telemetry.calls).toEqual([
    'begin',
    'attempt at a',
    'attempt ended: 500, first',
    'attempt at a',
    'attempt ended: 500, repeat',
    'attempt at b',
    'attempt ended: ok, fallback',
    'ended: completed 200',
  ])
  const sent = [...a.requests, ...b.requests].map((request) => [
    request.header('traceparent'),
    request.header('x-unwanted'),
    request.header('x-wanted'),
  ])
  expect(sent).toEqual([1, 2, 3].map((n) => [`of attempt ${n}`, undefined, '1']))
})

test('it knows the request as it was matched, and the attempt as it goes out, both without query', async () => {
  await using a = await startUpstream(json({}))
  const telemetry = listener()
  const config = oneRoute(
    {},
    { backends: [{ backend: 'a' }], matches: [{ path: { type: 'PathPrefix', value: '/v1' } }] },
  )
  const backends = [{ name: 'a', endpoints: [a.url], model: 'm-1' }]
  const mount = { stripPrefix: '/llm' }
  await using served = await serve({ ...config, backends }, { telemetry, mount })
  await fetch(`${served.url}/llm${chat}?key=secret`, { ...question, headers: { 'x-own': 'yes' } })
  const [request] = telemetry.requests
  expect(request).toMatchObject({
    method: 'POST',
    path: `/llm${chat}`,
    scheme: 'http',
    authority: new URL(served.url).host,
    httpVersion: '1.1',
    route: 'only',
    rule: 'only',
    pathTemplate: '/llm/v1',
    dialect: 'openai-chat',
  })
  expect(request?.header('x-own')).toBe('yes')
  expect(telemetry.attempts).toMatchObject([{ backend: 'a', endpoint: a.url, path: chat, model: 'm-1' }])
  expect(telemetry.attempts[0]?.body?.toString()).toBe(question.body)
})

test('it is told of a request that no route takes', async () => {
  const telemetry = listener()
  await using served = await serve({ backends: [], routes: [] }, { telemetry })
  expect((await fetch(served.url)).status).toBe(404)
  expect(telemetry.calls).toEqual(['begin', 'ended: answered 404'])
  expect(telemetry.requests).toMatchObject([{ route: undefined, pathTemplate: undefined }])
})

test('it gets the reports where nobody else listens', async () => {
  await using a = await startUpstream(json({}))
  const over = newGate()
  const telemetry = listener({ ended: () => over.release() })
  const gate = new Gateway({ version: 1, ...oneRoute({ a: a.url }) }, { telemetry })
  const reply = await fetchHandler(gate)(new Request(`http://gateway${chat}`, question))
  await reply.text()
  await over.pass()
  expect(telemetry.calls).toEqual(['begin', 'attempt at a', 'attempt ended: ok, first'])
  await gate.close()
})

test('a copy for a mirror gets a head of its own', async () => {
  await using a = await startUpstream(json({}))
  await using copy = await startUpstream(json({}))
  const telemetry = listener()
  const rule = { filters: [{ type: 'RequestMirror' as const, backend: 'copy' }] }
  await using served = await serve(oneRoute({ a: a.url, copy: copy.url }, rule), { telemetry })
  await fetch(served.url + chat, question)
  expect((await copy.request(1)).header('traceparent')).toBe('of mirror')
})

test('it is told of an attempt while that goes on, and of its end when the caller leaves', async () => {
  const more = newGate()
  await using a = await startUpstream(eventStream([event('one'), more]))
  const telemetry = listener()
  await using served = await serve(oneRoute({ a: a.url }), { telemetry })
  const caller = new AbortController()
  const reply = await fetch(served.url + chat, { ...question, signal: caller.signal })
  expect(reply.status).toBe(200)
  expect(telemetry.calls).toEqual(['begin', 'attempt at a'])
  caller.abort()
  await served.report(1)
  expect(telemetry.calls.slice(2)).toEqual(['attempt ended: cancelled, first', 'ended: abandoned 200'])
})

test('it is given the replies that it asks for: whole, no streams, no errors, no longer than it wants', async () => {
  const whole = JSON.stringify({ text: 'x'.repeat(3000) })
  const type = [['content-type', 'application/json']] as const
  const long = reply({ headers: type, body: whole })
  const scripts = [failure(500), long, cutReply({ headers: type, body: whole }), eventStream([event('one')])]
  for (const replyBytes of [undefined, 0, whole.length - 1, whole.length]) {
    await using a = await startUpstream(scripts)
    const replies: (string | undefined)[] = []
    const telemetry = listener({
      ...(replyBytes === undefined ? {} : { replyBytes }),
      attemptEnded: (_, body) => void replies.push(body?.toString()),
    })
    await using served = await serve(oneRoute({ a: a.url }), { telemetry })
    for (const _ of scripts)
      await fetch(served.url + chat, question)
        .then((one) => one.text())
        .catch(() => '')
    await served.report(4)
    expect(replies).toEqual([undefined, replyBytes === whole.length ? whole : undefined, undefined, undefined])
  }
})

describe('what it does not cost', () => {
  test('while it is not active no request begins', async () => {
    await using a = await startUpstream(json({}))
    const telemetry = listener({}, false)
    await using served = await serve(oneRoute({ a: a.url }), { telemetry })
    expect((await fetch(served.url + chat, question)).status).toBe(200)
    expect(telemetry.calls).toEqual([])
  })

  test('what records nothing gets no report', async () => {
    await using a = await startUpstream(json({}))
    const telemetry = listener({ recording: false })
    await using served = await serve(oneRoute({ a: a.url }), { telemetry })
    await fetch(served.url + chat, question)
    await served.report(1)
    expect(telemetry.calls).toEqual(['begin', 'attempt at a'])
  })
})

describe('what it throws becomes a warning', () => {
  const broken = (): never => {
    throw new Error('broken')
  }
  const cases: [string, Telemetry][] = [
    [
      'active',
      {
        get active(): boolean {
          return broken()
        },
        begin: broken,
      },
    ],
    ['begin', { active: true, begin: broken }],
    ['attempt', listener({ attempt: broken })],
    ['attemptEnded', listener({ attemptEnded: broken })],
    ['ended', listener({ ended: broken })],
    ['mirror', listener({ mirror: broken })],
    ['an async method', listener({ ended: (() => Promise.resolve().then(broken)) as () => void })],
    ['a field that no head can hold', listener({ attempt: (_, head) => head.set('traceparent', 'a\r\nx: 1') })],
    ['a name that is none', listener({ attempt: (_, head) => head.set('bad name', 'x') })],
    ['a value that is not Latin-1', listener({ attempt: (_, head) => head.set('x-name', 'é😀') })],
  ]
  test.for(cases)('%s', async ([, telemetry]) => {
    await using a = await startUpstream(json({}))
    await using copy = await startUpstream(json({}))
    const rule = { filters: [{ type: 'RequestMirror' as const, backend: 'copy' }] }
    await using served = await serve(oneRoute({ a: a.url, copy: copy.url }, rule), { telemetry })
    const warnings: string[] = []
    served.gate.on('warning', ({ code }) => warnings.push(code))
    expect((await fetch(served.url + chat, question)).status).toBe(200)
    await served.report(1)
    expect(warnings).toEqual(['telemetry_threw'])
  })
})
