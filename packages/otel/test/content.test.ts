/** What is said to models and what they say, on the spans of attempts, for those who ask for it by option. */

import { describe, expect, test } from 'vitest'
import type { OpenTelemetryOptions } from '@headgate/otel'
import {
  chunk,
  event,
  eventStream,
  failure,
  head,
  json,
  lastChunk,
  startUpstream,
  steps,
  wholeRequest,
} from '@headgate/testing'
import type { Script } from '@headgate/testing'
import { AlwaysOffSampler } from '@opentelemetry/sdk-trace'
import { chat, metricSdk, observe, question, route, spanSdk } from './observed.ts'
import type { SpanSdk } from './observed.ts'

const reply = { model: 'm', choices: [{ message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }] }
const rule = { retry: { retries: 1, on: ['5xx'], backoff: { base: 1, max: 1 } } }
const input = '[{"role":"user","parts":[{"type":"text","content":"a secret prompt"}]}]'
const output = '[{"role":"assistant","parts":[{"type":"text","content":"hi"}],"finish_reason":"stop"}]'

/** The content on each span, in the order in which they began. */
async function told(script: Script | readonly Script[], options: OpenTelemetryOptions, sdk: SpanSdk = spanSdk()) {
  await using a = await startUpstream(script)
  await using gate = await observe(route({ a: a.url }, rule), { ...sdk, ...options })
  await (await fetch(gate.url + chat, question)).text()
  await gate.report(1)
  return sdk.lives.map(({ span }) =>
    Object.fromEntries(Object.entries(span.attributes).filter(([name]) => /messages|instructions/.test(name))),
  )
}

test('is on every attempt that had it, and not on the request', async () => {
  expect(await told([failure(503), json(reply)], { content: true })).toEqual([
    {},
    { 'gen_ai.input.messages': input },
    { 'gen_ai.input.messages': input, 'gen_ai.output.messages': output },
  ])
})

test('is there however the reply is cut into chunks', async () => {
  const whole = JSON.stringify({ ...reply, padding: 'x'.repeat(5000) })
  const pieces = [whole.slice(0, 3), whole.slice(3, 4000), whole.slice(4000)]
  const fields = [
    ['content-type', 'application/json'],
    ['transfer-encoding', 'chunked'],
  ] as const
  const script = steps(wholeRequest, head(200, fields), ...pieces.map((piece) => chunk(piece)), lastChunk())
  const [, attempt] = await told(script, { content: true })
  expect(attempt).toEqual({ 'gen_ai.input.messages': input, 'gen_ai.output.messages': output })
})

describe('is not there', () => {
  test('by default', async () => {
    expect(await told(json(reply), {})).toEqual([{}, {}])
  })

  test('beyond the bytes that were asked for', async () => {
    const size = JSON.stringify(reply).length
    expect(question.body.length).toBeLessThan(size)
    expect(await told(json(reply), { content: size - 1 })).toEqual([{}, { 'gen_ai.input.messages': input }])
    expect(await told(json(reply), { content: question.body.length - 1 })).toEqual([{}, {}])
  })

  test('of streams, whose replies are not held', async () => {
    const delta = event({ choices: [{ index: 0, delta: { content: 'hi' } }] })
    expect(await told(eventStream([delta, event('[DONE]')]), { content: true })).toEqual([
      {},
      { 'gen_ai.input.messages': input },
    ])
  })

  test('in metrics, or for spans that are not sampled', async () => {
    const meters = metricSdk()
    expect(await told(json(reply), { ...meters, content: true }, spanSdk(new AlwaysOffSampler()))).toEqual([])
    expect(JSON.stringify(await meters.points())).not.toContain('secret')
    await meters.meterProvider.shutdown()
  })
})
