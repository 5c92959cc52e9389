/** The model and the tokens that replies name: in the records of attempts, and counted where that is asked for. */

import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import {
  cutReply,
  event,
  eventStream,
  gate,
  head,
  json,
  reply,
  startUpstream,
  steps,
  wholeRequest,
} from '@headgate/testing'
import type { Field, Gate, Script } from '@headgate/testing'
import { chat, oneRoute, question, serve } from './serve.ts'
import type { Served } from './serve.ts'

const usage = { prompt_tokens: 11, completion_tokens: 3, prompt_tokens_details: { cached_tokens: 8 } }
const completion = { id: 'c', model: 'm-2026', choices: [], usage }
const told = { model: 'm-2026', usage: { input: 11, output: 3, cached: 8 } }
const nothing = { model: undefined, usage: undefined }
const long = 'x'.repeat(20_000)
const word = event({ model: 'm-2026', choices: [{ delta: { content: 'a' } }] })
const start = { type: 'message_start', message: { model: 'c-1', usage: { input_tokens: 5, output_tokens: 1 } } }
const delta = { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 7 } }

type Case = readonly [what: string, path: string, script: Script, told: unknown]

const cases: readonly Case[] = [
  ['an object', chat, json(completion), told],
  ['a long object', chat, json({ ...completion, choices: [{ message: { content: long } }] }), told],
  ['a stream', chat, eventStream([word, event({ ...completion, choices: [] }), event('[DONE]')]), told],
  [
    'a long stream',
    chat,
    eventStream([word, ...Array<string>(300).fill(word), event(completion), event('[DONE]')]),
    told,
  ],
  ['a stream without usage', chat, eventStream([word, event('[DONE]')]), { ...nothing, model: 'm-2026' }],
  [
    'a stream of messages',
    '/v1/messages',
    eventStream([event(start, 'message_start'), event(delta, 'message_delta'), event({ type: 'message_stop' })]),
    { model: 'c-1', usage: { input: 5, output: 7 } },
  ],
  ['a path of no API', '/other', json(completion), nothing],
  ['an error', chat, json(completion, { status: 400 }), nothing],
  [
    'a reply in gzip',
    chat,
    reply({
      headers: [
        ['content-type', 'application/json'],
        ['content-encoding', 'gzip'],
      ],
      body: gzipSync(JSON.stringify(completion)),
    }),
    nothing,
  ],
  ['an object that is none', chat, reply({ body: 'model' }), nothing],
  ['an empty reply', chat, reply({ body: '' }), nothing],
]

async function ask(served: Served, path: string): Promise<void> {
  const reply = await fetch(served.url + path, question)
  await reply.arrayBuffer()
}

test.for(cases)('the record of %s', async ([, path, script, expected]) => {
  await using upstream = await startUpstream(script)
  await using served = await serve(oneRoute({ a: upstream.url }))
  await ask(served, path)
  const [attempt] = (await served.report(1)).attempts
  expect({ model: attempt?.model, usage: attempt?.usage }).toEqual(expected)
})

test('of an object that broke off what stands at its end is not believed', async () => {
  // Cut behind a brace: what came looks like the end of the whole.
  const inner = `{"model":"m-2026","choices":[{"message":{"content":"${long}","usage":{"prompt_tokens":99}}`
  await using upstream = await startUpstream(cutReply({ body: inner + long, after: inner.length }))
  await using served = await serve(oneRoute({ a: upstream.url }))
  await ask(served, chat).catch(() => undefined)
  const [attempt] = (await served.report(1)).attempts
  expect([attempt?.outcome, attempt?.model, attempt?.usage]).toEqual(['reset', 'm-2026', undefined])
})

test('a stream that the caller left tells what was said until then', async () => {
  const hold = gate()
  await using upstream = await startUpstream(eventStream([event(start, 'message_start'), word, hold]))
  await using served = await serve(oneRoute({ a: upstream.url }))
  const leaving = new AbortController()
  const reply = await fetch(`${served.url}/v1/messages`, { ...question, signal: leaving.signal })
  const reader = reply.body?.getReader()
  let seen = ''
  while (!seen.includes('choices')) seen += Buffer.from((await reader?.read())?.value ?? []).toString()
  leaving.abort()
  const [attempt] = (await served.report(1)).attempts
  expect([attempt?.outcome, attempt?.model, attempt?.usage?.input]).toEqual(['cancelled', 'c-1', 5])
  hold.release()
})

const big = event({ model: 'm-2026', choices: [{ delta: { content: 'x'.repeat(40_000) } }] })
const bodies: readonly [what: string, script: (hold: Gate) => Script][] = [
  ['a stream', (hold) => eventStream([big, hold, event(completion), event('[DONE]')])],
  [
    'a stream that counts in its long part',
    (hold) => eventStream([word, big + event(completion), hold, event('[DONE]')]),
  ],
  [
    'an object',
    (hold) => {
      const text = JSON.stringify({ model: 'm-2026', choices: [{ message: { content: 'x'.repeat(40_000) } }], usage })
      const fields: Field[] = [
        ['content-type', 'application/json'],
        ['content-length', String(text.length)],
      ]
      return steps(wholeRequest, head(200, fields), text.slice(0, 40_000), hold, text.slice(40_000))
    },
  ],
]

test.for(bodies)('%s is read also when the caller has had its long parts for a while', async ([, script]) => {
  const hold = gate()
  await using upstream = await startUpstream(script(hold))
  await using served = await serve(oneRoute({ a: upstream.url }))
  const reply = await fetch(served.url + chat, question)
  const reader = reply.body?.getReader()
  for (let seen = 0; seen < 39_000;) seen += (await reader?.read())?.value?.length ?? 0
  hold.release()
  while ((await reader?.read())?.done === false);
  const [attempt] = (await served.report(1)).attempts
  expect({ model: attempt?.model, usage: attempt?.usage }).toEqual(told)
})

test('each attempt tells of its own reply', async () => {
  const broken = eventStream([
    event({ model: 'first', choices: [] }),
    event({ error: { message: 'no', type: 'server_error' } }),
  ])
  await using upstream = await startUpstream([broken, json(completion)])
  const retry = { retries: 1, on: ['5xx' as const], backoff: { base: 0 } }
  await using served = await serve(oneRoute({ a: upstream.url }, { retry }))
  await ask(served, chat)
  const { attempts } = await served.report(1)
  expect(attempts.map(({ model }) => model)).toEqual(['first', 'm-2026'])
})

test('tokens are counted for their backend once that is asked for', async () => {
  await using upstream = await startUpstream(json(completion))
  await using served = await serve(oneRoute({ a: upstream.url }))
  const tokens = (): unknown => served.gate.meters().backends[0]?.tokens
  served.gate.meters()
  await ask(served, chat)
  await served.report(1)
  expect(tokens()).toBeUndefined()
  served.gate.meters({ tokens: true })
  await ask(served, chat)
  await ask(served, chat)
  await served.report(3)
  expect(tokens()).toMatchObject({ input: 22, output: 6, cached: 16 })
  served.gate.update({ version: 1, ...oneRoute({ a: upstream.url, b: upstream.url }) })
  expect(served.gate.meters().backends.map((backend) => backend.tokens?.input)).toEqual([22, 0])
})
