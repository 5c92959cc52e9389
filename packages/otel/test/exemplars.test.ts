/** The metrics of the gateway name the trace of a request where the SDK keeps it. */

import { expect, test } from 'vitest'
import { json, startUpstream } from '@headgate/testing'
import { AlwaysOffSampler, AlwaysOnSampler } from '@opentelemetry/sdk-trace'
import { chat, observe, question, route, spanSdk } from './observed.ts'

/** The trace that is named, and those of the spans. */
async function traces(sampler: AlwaysOnSampler): Promise<{ named: string | undefined; kept: string[] }> {
  await using upstream = await startUpstream(json({}))
  const sdk = spanSdk(sampler)
  await using served = await observe(route({ a: upstream.url }), sdk)
  served.gate.meters({ exemplars: true })
  await (await fetch(served.url + chat, question)).text()
  await served.report(1)
  const duration = served.gate.meters().rules[1]?.duration
  const named = duration?.exemplars?.find((exemplar) => exemplar !== undefined)?.traceId
  return { named, kept: sdk.spans().map((span) => span.spanContext().traceId) }
}

test('the trace of a span that is sampled', async () => {
  const { named, kept } = await traces(new AlwaysOnSampler())
  expect(named).toMatch(/^[\da-f]{32}$/)
  expect(kept).toEqual([named, named])
})

test('none of a span that is not', async () => {
  expect(await traces(new AlwaysOffSampler())).toEqual({ named: undefined, kept: [] })
})
