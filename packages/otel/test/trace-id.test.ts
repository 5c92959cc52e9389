/** Records name the trace that their spans are in, sampled or not. */

import { expect, test } from 'vitest'
import { AlwaysOffSampler, AlwaysOnSampler } from '@opentelemetry/sdk-trace'
import { json, startUpstream } from '@headgate/testing'
import { chat, observe, question, route, spanSdk } from './observed.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const headers = { ...question.headers, traceparent: `00-${traceId}-b7ad6b7169203331-01` }

test('a request of no trace begins one, and its record has it', async () => {
  await using upstream = await startUpstream(json({}))
  const sdk = spanSdk()
  await using gate = await observe(route({ a: upstream.url }), sdk)
  await (await fetch(gate.url + chat, question)).text()
  const report = await gate.report(1)
  expect(report.traceId).toMatch(/^[\da-f]{32}$/)
  expect(new Set(sdk.spans().map((span) => span.spanContext().traceId))).toEqual(new Set([report.traceId]))
})

test.for([
  ['on', new AlwaysOnSampler()],
  ['off', new AlwaysOffSampler()],
] as const)('with the sampler always %s the caller’s trace goes on', async ([, sampler]) => {
  await using upstream = await startUpstream(json({}))
  await using gate = await observe(route({ a: upstream.url }), spanSdk(sampler))
  await (await fetch(gate.url + chat, { ...question, headers })).text()
  expect((await gate.report(1)).traceId).toBe(traceId)
})
