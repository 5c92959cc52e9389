/** Which trace a duration names: that of the telemetry, else of the caller, and only one that is kept. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { Gateway, nodeHandler } from 'headgate'
import type { HistogramReading, RequestTelemetry } from 'headgate'
import { event, eventStream, startUpstream } from '@headgate/testing'
import { until } from './endpoints.ts'
import { chat, oneRoute, question } from './serve.ts'

const [callers, own] = ['0af7651916cd43dd8448eb211c80319c', 'b'.repeat(32)]
const sampled = `00-${callers}-b7ad6b7169203331-01`
const stream = eventStream([event({ choices: [{ delta: { content: 'a' } }] }), event('[DONE]')])

/** The traces that a request leaves in the durations of the rule and the backend and in the time to the first token. */
async function tracesOf(
  traceparent: string | undefined,
  follows?: Pick<RequestTelemetry, 'traceId' | 'sampled'>,
  exemplars = true,
): Promise<unknown[]> {
  await using upstream = await startUpstream(stream)
  const nothing = { recording: false, attempt() {}, attemptEnded() {}, ended() {}, mirror() {} }
  const begin = (): RequestTelemetry => Object.defineProperties(nothing, Object.getOwnPropertyDescriptors(follows))
  await using gate = new Gateway(
    { version: 1, ...oneRoute({ a: upstream.url }) },
    follows === undefined ? {} : { telemetry: { active: true, begin } },
  )
  gate.on('warning', () => {})
  gate.meters({ exemplars })
  const server = createServer(nodeHandler(gate))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const headers = { ...question.headers, ...(traceparent === undefined ? {} : { traceparent }) }
  await (await fetch(`http://127.0.0.1:${port}${chat}`, { ...question, headers })).text()
  await until(() => gate.meters().rules[1]?.duration.count === 1)
  server.close()
  server.closeAllConnections()
  const { rules, backends } = gate.meters()
  const read = [rules[1]?.duration, rules[1]?.firstToken, backends[0]?.duration]
  return read.map((histogram) => traceIn(histogram))
}

function traceIn(histogram: HistogramReading | undefined): unknown {
  const at = histogram?.counts.indexOf(1) ?? -1
  return histogram?.exemplars === undefined ? 'none are kept' : histogram.exemplars[at]?.traceId
}

test.for([
  ["the caller's, where it is sampled", sampled, undefined, callers],
  ["none, where the caller's is not", sampled.replace(/1$/, '0'), undefined, undefined],
  ['none without a trace', undefined, undefined, undefined],
  ['that of the telemetry', sampled, { traceId: own }, own],
  ['that of the telemetry, sampled', undefined, { traceId: own, sampled: true }, own],
  ['none, where the telemetry does not keep it', sampled, { traceId: own, sampled: false }, undefined],
  ["the caller's, where the telemetry has none", sampled, { traceId: undefined, sampled: false }, callers],
  ["the caller's, where that of the telemetry is none", sampled, { traceId: 'x"} 1' }, callers],
] as const)('%s', async ([, traceparent, follows, expected]) => {
  expect(await tracesOf(traceparent, follows)).toEqual([expected, expected, expected])
})

test('telemetry that throws when it is asked harms nobody', async () => {
  const follows = {
    get traceId(): string {
      throw new Error('no')
    },
  }
  expect(await tracesOf(sampled, follows)).toEqual([callers, callers, callers])
})

test('without the option none is kept, and nobody is asked', async () => {
  let asked = 0
  const follows = {
    get traceId() {
      asked++
      return own
    },
  }
  expect(await tracesOf(sampled, follows, false)).toEqual(['none are kept', 'none are kept', 'none are kept'])
  expect(asked).toBe(0)
})
