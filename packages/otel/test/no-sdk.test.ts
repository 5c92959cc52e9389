/** With the API package alone: requests are asked whether anybody looks, and nothing else is done for them. */

import { expect, test } from 'vitest'
import { openTelemetry } from '@headgate/otel'
import { failure, json, startUpstream } from '@headgate/testing'
import type { Telemetry } from 'headgate'
import { chat, observe, question, route } from './observed.ts'

/** The telemetry itself, with a count of what is asked of it. */
function counted(): { readonly telemetry: Telemetry; readonly asked: string[] } {
  const inner = openTelemetry()
  const asked: string[] = []
  const telemetry: Telemetry = {
    get active() {
      asked.push('active')
      return inner.active
    },
    begin(request) {
      asked.push('begin')
      return inner.begin(request)
    },
  }
  return { telemetry, asked }
}

test('no request begins, whatever becomes of it, and the heads of its attempts are left alone', async () => {
  await using a = await startUpstream([failure(503), json({})])
  const { telemetry, asked } = counted()
  const rule = { retry: { retries: 1, on: ['5xx'], backoff: { base: 1, max: 1 } } }
  await using gate = await observe(route({ a: a.url }, rule), {}, { telemetry })
  const headers = { ...question.headers, traceparent: 'as it was', tracestate: ' a=1', baggage: 'b=2' }
  await (await fetch(gate.url + chat, { ...question, headers })).text()
  await (await fetch(`${gate.url}/elsewhere`)).text()
  await gate.report(2)
  expect(asked).toEqual(['active', 'active'])
  expect(
    a.requests.map((request) => ['traceparent', 'tracestate', 'baggage'].map((name) => request.header(name))),
  ).toEqual([
    ['as it was', 'a=1', 'b=2'],
    ['as it was', 'a=1', 'b=2'],
  ])
})
