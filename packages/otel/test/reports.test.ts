/** What becomes of reports whose every field is known: tokens, models, first words, under either version of the conventions. */

import { expect, test } from 'vitest'
import { openTelemetry } from '@headgate/otel'
import type { OpenTelemetryOptions } from '@headgate/otel'
import type { AttemptReport } from 'headgate'
import {
  attemptReport as attempt,
  noHead as head,
  requestReport as report,
  telemetryRequest as request,
} from './made-reports.ts'
import { chat, metricSdk, spanSdk } from './observed.ts'

function play(options: OpenTelemetryOptions, end: Partial<AttemptReport> = {}, model = 'gpt-4'): void {
  const open = openTelemetry(options).begin(request)
  open?.attempt({ backend: 'a', endpoint: attempt.endpoint, path: chat, model, body: undefined }, head)
  open?.attemptEnded({ ...attempt, ...end })
  open?.ended(report)
}

const released = { semconvOptIn: 'http/dup' }
const latest = { semconvOptIn: 'http, gen_ai_latest_experimental' }

test('the span of an attempt says what was asked for and what was served', () => {
  const sdk = spanSdk()
  play({ ...sdk, ...released, provider: { a: 'azure.ai.openai' } })
  const [client, server] = sdk.spans()
  expect(client?.name).toBe('chat gpt-4')
  expect(client?.attributes).toMatchObject({
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'azure.ai.openai',
    'gen_ai.request.model': 'gpt-4',
    'gen_ai.response.model': 'gpt-4-0613',
    'gen_ai.usage.input_tokens': 100,
    'gen_ai.usage.output_tokens': 20,
    'gen_ai.usage.cache_read.input_tokens': 64,
    'url.full': `https://[::1]${chat}`,
    'server.address': '::1',
    'server.port': 443,
    'headgate.connection.reused': true,
    'headgate.phase.queue': 0.001,
    'headgate.phase.connect': 0.002,
    'headgate.phase.upload': 0.003,
    'headgate.phase.headers': 0.004,
    'headgate.phase.first_event': 0.09,
    'headgate.phase.body': 0.11,
  })
  expect(client?.attributes).not.toHaveProperty('gen_ai.request.stream')
  expect(client?.attributes).not.toHaveProperty('gen_ai.response.time_to_first_chunk')
  expect(server?.attributes).toMatchObject({
    'server.address': 'api.example',
    'server.port': 8443,
    'network.protocol.version': '2',
  })
  // Counted twice by backends that add up, if it were on both.
  expect(Object.keys(server?.attributes ?? {}).filter((name) => name.startsWith('gen_ai'))).toEqual([])
})

test('the latest conventions have the stream and the time to its first chunk on the span', () => {
  const sdk = spanSdk()
  play({ ...sdk, ...latest })
  expect(sdk.spans()[0]?.attributes).toMatchObject({
    'gen_ai.request.stream': true,
    'gen_ai.response.time_to_first_chunk': 0.1,
  })
})

test('however many models callers name, there are only so many values', async () => {
  const sdk = metricSdk()
  const telemetry = openTelemetry({ ...sdk, ...released })
  for (let n = 0; n < 1000; n++) {
    const open = telemetry.begin(request)
    const { endpoint } = attempt
    open?.attempt({ backend: 'a', endpoint, path: chat, model: `m-${n}`, body: undefined }, head)
    const end = n < 500 ? { status: 404, outcome: '404' } : { model: 'served' }
    open?.attemptEnded({ ...attempt, ...end })
  }
  const points = (await sdk.points())['gen_ai.client.operation.duration'] ?? []
  const models = new Set(points.map(({ attributes }) => attributes['gen_ai.request.model']))
  expect([models.size, models.has('m-0'), models.has('m-500'), models.has('m-999'), models.has('_OTHER')]).toEqual([
    201,
    false,
    true,
    false,
    true,
  ])
  expect(points.reduce((sum, { count }) => sum + count, 0)).toBe(1000)
  await sdk.meterProvider.shutdown()
})

test.for([0, -1, 1.5, NaN])('requestModel %s is refused', (requestModel) => {
  expect(() => openTelemetry({ requestModel })).toThrow(RangeError)
})
