/** What a logger of the application is told: one line for each request, whatever becomes of it. */

import { describe, expect, test } from 'vitest'
import {
  event,
  eventStream,
  failure,
  json,
  rawRequest,
  refusingUrl,
  reset,
  silence,
  startUpstream,
} from '@headgate/testing'
import { gateway } from 'headgate'
import { collectLines, debug, info, serveLogged, warn } from './logged.ts'
import { chat, oneRoute, question, serve } from './serve.ts'
import { apis } from './stream-faults.ts'

const [, api] = apis[0] as (typeof apis)[number]
const model = 'm-1'
const usage = { prompt_tokens: 7, completion_tokens: 3, prompt_tokens_details: { cached_tokens: 2 } }
const repeated = { retry: { retries: 1, on: ['5xx' as const], backoff: { base: 1, max: 1 } } }

describe('a request is one line', () => {
  test('with its facts, and nothing of its query', async () => {
    await using a = await startUpstream(json({ model, choices: [], usage }))
    await using served = await serveLogged(oneRoute({ a: a.url }))
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const headers = { ...question.headers, traceparent }
    const reply = await fetch(`${served.url}${chat}?key=secret`, { ...question, headers })
    const bytes = (await reply.arrayBuffer()).byteLength
    expect(await served.line(1)).toEqual({
      level: info,
      time: expect.any(Number) as number,
      event: 'request-ended',
      id: expect.stringMatching(/^req_/) as string,
      traceId: '0af7651916cd43dd8448eb211c80319c',
      method: 'POST',
      path: chat,
      route: 'only',
      rule: 'only',
      status: 200,
      result: 'completed',
      backend: 'a',
      model,
      durationMs: expect.any(Number) as number,
      firstByteMs: expect.any(Number) as number,
      bytesIn: question.body.length,
      bytesOut: bytes,
      inputTokens: 7,
      outputTokens: 3,
      cachedTokens: 2,
      attempts: [
        {
          backend: 'a',
          endpoint: a.url,
          cause: 'first',
          status: 200,
          outcome: 'ok',
          durationMs: expect.any(Number) as number,
        },
      ],
      msg: expect.stringMatching(/^POST \/v1\/chat\/completions 200 completed by a in [\d.]+ ms$/) as string,
    })
    expect(served.texts).toHaveLength(1)
  })

  test('that is repeated and failed over', async () => {
    await using a = await startUpstream(failure(503))
    await using b = await startUpstream(json({}))
    await using served = await serveLogged(
      oneRoute({ a: a.url, b: b.url }, { ...repeated, fallback: { backends: ['b'] } }),
    )
    await fetch(served.url + chat, question)
    expect(await served.line(1)).toMatchObject({
      backend: 'b',
      attempts: [
        { backend: 'a', cause: 'first', outcome: '503' },
        { backend: 'a', cause: 'repeat', because: '503', outcome: '503' },
        { backend: 'b', cause: 'fallback', because: '503', outcome: 'ok' },
      ],
      msg: expect.stringContaining('after 3 attempts') as string,
    })
    await served.gate.close()
    expect(served.lines.map(({ event }) => event)).toEqual(['request-ended', 'closed'])
  })

  test('that is streamed, with the time of its first token', async () => {
    const last = event({ model, choices: [], usage })
    await using a = await startUpstream(eventStream([event({ model, choices: [] }), api.word('hello'), last]))
    await using served = await serveLogged(oneRoute({ a: a.url }))
    await (await fetch(served.url + chat, question)).text()
    const line = await served.line(1)
    expect(line).toMatchObject({ level: info, result: 'completed', model, inputTokens: 7, outputTokens: 3 })
    expect(line['firstTokenMs']).toBeGreaterThan(0)
    expect(line['firstTokenMs']).toBeLessThanOrEqual(line['durationMs'] as number)
  })

  test('whose stream breaks, as a warning', async () => {
    await using a = await startUpstream(eventStream([api.opening, api.word('hello'), reset]))
    await using served = await serveLogged(oneRoute({ a: a.url }))
    await expect(fetch(served.url + chat, question).then((reply) => reply.text())).rejects.toThrow('terminated')
    expect(await served.line(1)).toMatchObject({ level: warn, status: 200, result: 'broken', code: 'upstream_reset' })
  })

  test('whose caller leaves', async () => {
    await using a = await startUpstream(silence)
    await using served = await serveLogged(oneRoute({ a: a.url }))
    const leaving = new AbortController()
    const reply = fetch(served.url + chat, { ...question, signal: leaving.signal })
    await a.request(1)
    leaving.abort()
    await expect(reply).rejects.toThrow('aborted')
    expect(await served.line(1)).toMatchObject({ level: info, status: 0, result: 'abandoned', backend: 'a' })
  })

  test('that a limit refuses', async () => {
    await using a = await startUpstream(json({}))
    const limits = [{ name: 'tenants', per: { header: 'x-tenant' }, tokens: 1, every: '1h' as const }]
    await using served = await serveLogged({ ...oneRoute({ a: a.url }, { limits: ['tenants'] }), limits })
    for (let n = 0; n < 2; n++) await fetch(served.url + chat, { ...question, headers: { 'x-tenant': 'acme' } })
    expect(await served.line(2)).toMatchObject({
      level: info,
      status: 429,
      result: 'answered',
      code: 'rate_limited',
      attempts: [],
      limits: [{ limit: 'tenants', charged: 0, retryAfterMs: expect.any(Number) as number }],
    })
    expect(served.texts.join('')).not.toContain('acme')
  })

  test('that no backend could take, as a warning', async () => {
    await using served = await serveLogged(oneRoute({ a: await refusingUrl() }))
    await fetch(served.url + chat, question)
    expect(await served.line(1)).toMatchObject({ level: warn, status: 502, code: 'upstream_unreachable' })
  })

  test('that no route takes', async () => {
    await using served = await serveLogged({ backends: [], routes: [] })
    await fetch(served.url)
    expect(await served.line(1)).toMatchObject({ level: info, status: 404, code: 'no_route', path: '/' })
  })

  test('whose head is refused, without what it said', async () => {
    await using served = await serveLogged({ backends: [], routes: [] })
    await rawRequest(served.url, { target: '/a/../secret' })
    expect(await served.line(1)).toMatchObject({ level: info, event: 'request-refused', code: 'bad_target' })
    expect(served.texts.join('')).not.toContain('secret')
  })

  test('in which no control character of a backend is left', async () => {
    await using a = await startUpstream(json({ model: 'm\n\u001b[31m\u202e', choices: [], usage }))
    await using served = await serveLogged(oneRoute({ a: a.url }))
    await fetch(served.url + chat, question)
    expect(await served.line(1)).toMatchObject({ model: 'm\uFFFD\uFFFD[31m\uFFFD' })
  })

  test('of a bounded length', async () => {
    await using served = await serveLogged({ backends: [], routes: [] })
    await fetch(`${served.url}/${'a'.repeat(8000)}`)
    const { path, msg } = await served.line(1)
    expect(path).toBe(`/${'a'.repeat(1023)}…`)
    expect(msg.length).toBeLessThan(1200)
  })
})

describe('the level', () => {
  test('debug has every step, and what choices were made from', async () => {
    await using a = await startUpstream([failure(503), json({})])
    await using served = await serveLogged(oneRoute({ a: a.url }, repeated), { level: 'debug' })
    await fetch(served.url + chat, question)
    await served.line(4)
    expect(served.lines.map(({ event, level }) => [event, level])).toEqual([
      ['attempt-ended', debug],
      ['retry-scheduled', debug],
      ['attempt-ended', debug],
      ['request-ended', info],
    ])
    const attempt = { phases: { queue: expect.any(Number) as number }, pick: { chosen: 0 } }
    expect(served.lines[3]).toMatchObject({ split: { by: 'weight' }, attempts: [attempt, attempt] })
  })

  test('warn has only what went wrong, and may change while it runs', async () => {
    await using a = await startUpstream([json({}), failure(500), json({})])
    await using served = await serveLogged(oneRoute({ a: a.url }), { level: 'warn' })
    for (let n = 1; n <= 2; n++) await fetch(served.url + chat, question)
    expect(await served.line(1)).toMatchObject({ level: warn, status: 500 })
    served.logger.level = 'info'
    await fetch(served.url + chat, question)
    expect(await served.line(2)).toMatchObject({ level: info, status: 200 })
  })

  test('can be chosen for each event', async () => {
    await using a = await startUpstream([failure(503), json({})])
    const levels = {
      'request-ended': ({ path }: { path: string }) => (path === '/health' ? 'silent' : 'error'),
      'retry-scheduled': 'info',
    } as const
    await using served = await serveLogged(oneRoute({ a: a.url }, repeated), { log: { levels } })
    await fetch(`${served.url}/health`)
    await fetch(served.url + chat, question)
    await served.line(2)
    expect(served.lines.map(({ event, level, path }) => [event, level, path])).toEqual([
      ['retry-scheduled', info, undefined],
      ['request-ended', 50, chat],
    ])
  })

  test('of a logger that has no levels is info, or what is asked for', async () => {
    await using a = await startUpstream([failure(503), json({})])
    const told = async (level: 'debug' | undefined): Promise<string[]> => {
      const seen: string[] = []
      const write = (fields: object): void => void seen.push((fields as { event: string }).event)
      const logger = { debug: write, info: write, warn: write, error: write }
      const log = level === undefined ? logger : { logger, level }
      await using served = await serve(oneRoute({ a: a.url }, repeated), { log })
      await fetch(served.url + chat, question)
      await served.report(1)
      return [...seen]
    }
    expect(await told(undefined)).toEqual(['request-ended'])
    expect(await told('debug')).toEqual(['attempt-ended', 'request-ended'])
  })
})

test('a path can be shown in another way', async () => {
  const path = (text: string): string => text.replace(/^\/bot[^/]*/, '/bot***')
  await using served = await serveLogged({ backends: [], routes: [] }, { log: { path } })
  await fetch(`${served.url}/bot123:secret/send`)
  expect(await served.line(1)).toMatchObject({ path: '/bot***/send' })
  expect(served.texts.join('')).not.toContain('secret')
})

test('what happens beside the requests is told too', async () => {
  await using a = await startUpstream(failure(500))
  const backends = [{ name: 'a', endpoints: [a.url], breaker: { failures: 1, openFor: 60_000 } }]
  const config = { ...oneRoute({}, { backends: [{ backend: 'a' }] }), backends }
  await using served = await serveLogged(config)
  await fetch(served.url + chat, question)
  await served.line(2)
  served.gate.update({ version: 1, ...config })
  await served.gate.close()
  expect(served.lines.map(({ event, level }) => [event, level])).toEqual([
    ['breaker-changed', warn],
    ['request-ended', warn],
    ['config-changed', info],
    ['closed', info],
  ])
})

test('the builder takes it, and what building it has to say goes there', async () => {
  const logged = collectLines('info')
  const gate = gateway('g', { log: logged.logger })
    .pool('p', { a: 'http://127.0.0.1:1', unused: 'http://127.0.0.1:2' })
    .route('r', (route) => route.when({ path: '/' }).to('a'))
    .build()
  await gate.close()
  expect(logged.lines).toMatchObject([
    { event: 'warning', code: 'config', level: warn, msg: expect.stringContaining('"unused"') as string },
    { event: 'closed' },
  ])
})
