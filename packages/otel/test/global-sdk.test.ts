/** The SDK of the application: found when it comes, also after the gateway, and nothing is made before. */

import { afterAll, expect, test } from 'vitest'
import { metrics, trace } from '@opentelemetry/api'
import { openTelemetry } from '@headgate/otel'
import { json, startUpstream } from '@headgate/testing'
import { chat, metricSdk, observe, question, route, spanSdk, tree } from './observed.ts'

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const headers = { ...question.headers, traceparent }

afterAll(() => {
  trace.disable()
  metrics.disable()
})

test('before there is an SDK nothing is begun; when there is one everything is', async () => {
  const telemetry = openTelemetry()
  expect(telemetry.active).toBe(false)
  await using a = await startUpstream(json({}))
  await using gate = await observe(route({ a: a.url }), {}, { telemetry })
  await (await fetch(gate.url + chat, { ...question, headers })).arrayBuffer()
  await gate.report(1)
  expect(a.requests[0]?.header('traceparent')).toBe(traceparent)

  const spans = spanSdk()
  trace.setGlobalTracerProvider(spans.tracerProvider)
  expect(telemetry.active).toBe(true)
  const meters = metricSdk()
  metrics.setGlobalMeterProvider(meters.meterProvider)
  await (await fetch(gate.url + chat, { ...question, headers })).arrayBuffer()
  await gate.report(2)
  expect(a.requests[1]?.header('traceparent')).not.toBe(traceparent)
  expect(tree(spans.spans())).toEqual(['SERVER POST /v1', '  CLIENT chat'])
  expect((await meters.points())['http.server.request.duration']?.[0]?.count).toBe(1)
  await meters.meterProvider.shutdown()
})

test('what is turned off is not looked for', () => {
  expect(openTelemetry({ ...spanSdk(), traces: false, metrics: false }).active).toBe(false)
  expect(openTelemetry({ ...spanSdk(), metrics: false }).active).toBe(true)
})
