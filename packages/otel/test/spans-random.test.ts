/** Spans of faulty requests by chance, held against their decision records; and ten thousand at once that end in any order. */

import fc from 'fast-check'
import { SpanStatusCode } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import {
  event,
  eventStream,
  failure,
  faultsAfterReply,
  faultsBeforeReply,
  faultsInBody,
  json,
  reset,
  seededRandom,
  startUpstream,
} from '@headgate/testing'
import type { Faults, Upstream } from '@headgate/testing'
import { openTelemetry } from '@headgate/otel'
import type { AttemptReport, RequestReport, RequestTelemetry } from 'headgate'
import { expect, test } from 'vitest'
import { attemptReport, noHead, requestReport, telemetryRequest } from './made-reports.ts'
import { chat, observe, question, route, spanSdk } from './observed.ts'
import type { SpanSdk } from './observed.ts'

/** Requests in all; the nightly run asks for more. */
const requests = Number(process.env['HEADGATE_FUZZ_RUNS'] ?? 400)
const seed = Number(process.env['HEADGATE_FUZZ_SEED'] ?? 1)
const perRun = 40
const hello = event({ choices: [{ index: 0, delta: { content: 'hello' } }] })
const faults: Faults = {
  ...faultsBeforeReply,
  ...faultsInBody,
  ...faultsAfterReply,
  good: json({ model: 'm' }),
  stream: eventStream([hello, hello, event('[DONE]')]),
  'broken stream': eventStream([hello, reset]),
  'error event': eventStream([event({ error: { message: 'no', type: 'server_error' } })]),
  'refused 400': failure(400),
  'failed 500': failure(500),
  'failed 503': failure(503),
}
const names = Object.keys(faults)

/** What the attempts of one request meet, and when its caller leaves. */
const plan = fc.record({
  faults: fc.array(fc.constantFrom(...names), { minLength: 6, maxLength: 6 }),
  leaves: fc.constantFrom('never', 'never', 'never', 'at once', 'at the head', 'in the body'),
})
type Plan = typeof plan extends fc.Arbitrary<infer One> ? One : never

/** Runs the fault that the request asks for by the number of its attempt. */
const startFaulty = (): Promise<Upstream> => {
  const attempts = new Map<string, number>()
  return startUpstream((request, connection) => {
    const id = request.header('x-id') ?? ''
    const nth = attempts.get(id) ?? 0
    attempts.set(id, nth + 1)
    const name = request.header('x-faults')?.split(',')[nth] ?? 'good'
    return (faults[name] ?? reset)(request, connection)
  })
}

async function ask(url: string, { faults: meets, leaves }: Plan, id: number): Promise<void> {
  const caller = new AbortController()
  const headers = { ...question.headers, 'x-id': String(id), 'x-faults': meets.join(',') }
  const reply = fetch(url + chat, { ...question, headers, signal: caller.signal })
  if (leaves === 'at once') setImmediate(() => caller.abort())
  try {
    const { body } = await reply
    if (leaves === 'at the head') caller.abort()
    for await (const _ of body ?? []) if (leaves === 'in the body') caller.abort()
  } catch {
    // It broke, or left.
  }
}

const isRequest = (span: ReadableSpan): boolean => span.attributes['headgate.request.id'] !== undefined

/** Every span that was begun is ended once, and is one of a record. */
function check(sdk: SpanSdk, reports: readonly RequestReport[]): void {
  const { lives } = sdk
  expect(lives.filter(({ ends }) => ends !== 1)).toEqual([])
  const ended = sdk.spans()
  expect(lives).toHaveLength(ended.length)
  const byId = new Map(ended.filter(isRequest).map((span) => [span.attributes['headgate.request.id'], span]))
  expect(new Set(byId.keys())).toEqual(new Set(reports.map(({ id }) => id)))
  const began = lives.map(({ span }) => span.spanContext().spanId)
  const placeOf = (span: ReadableSpan): number => began.indexOf(span.spanContext().spanId)
  let attempts = 0
  for (const report of reports) {
    const server = byId.get(report.id)
    const below = ended
      .filter((span) => span.parentSpanContext?.spanId === server?.spanContext().spanId)
      .toSorted((a, b) => placeOf(a) - placeOf(b))
    attempts += below.length
    expect(below.map(toldOf)).toEqual(report.attempts.map(dueOf))
    expect(below.map(({ links }) => links.map(({ context }) => context.spanId))).toEqual(
      below.map((_, at) => (at === 0 ? [] : [below[at - 1]?.spanContext().spanId])),
    )
    const isError = report.result === 'broken' || (report.status >= 500 && report.result !== 'abandoned')
    expect(server?.status).toEqual({ code: isError ? SpanStatusCode.ERROR : SpanStatusCode.UNSET })
  }
  expect(attempts + reports.length).toBe(ended.length)
}

function toldOf({ attributes, status }: ReadableSpan): object {
  return {
    backend: attributes['headgate.backend'],
    outcome: attributes['headgate.attempt.outcome'],
    cause: attributes['headgate.attempt.cause'],
    status: attributes['http.response.status_code'],
    resends: attributes['http.request.resend_count'],
    isError: status.code === SpanStatusCode.ERROR,
  }
}

function dueOf({ backend, outcome, cause, status }: AttemptReport, at: number): object {
  const isError = outcome !== 'ok' && outcome !== 'cancelled'
  return {
    backend,
    outcome,
    cause,
    status: status === 0 ? undefined : status,
    resends: at === 0 ? undefined : at,
    isError,
  }
}

test(
  'whatever upstreams and callers do, every span ends once and is what the record says',
  { timeout: Math.max(30_000, requests * 40) },
  async () => {
    await using a = await startFaulty()
    await using b = await startFaulty()
    const met = new Set<string>()
    await fc.assert(
      fc.asyncProperty(fc.array(plan, { minLength: perRun, maxLength: perRun }), async (plans) => {
        const sdk = spanSdk()
        const retry = { retries: 2, on: ['5xx', 'reset', 'connect-failure'], backoff: { base: 1, max: 1 } }
        const rule = { retry, fallback: { backends: ['b'] }, timeouts: { request: '5s' } }
        const gate = await observe(route({ a: a.url, b: b.url }, rule), sdk)
        await Promise.all(plans.map((one, at) => ask(gate.url, one, at)))
        // Those whose callers left may still be under way.
        await gate[Symbol.asyncDispose]()
        const { reports } = gate
        for (const { attempts, result } of reports) for (const { outcome } of attempts) met.add(`${result} ${outcome}`)
        check(sdk, reports)
      }),
      { numRuns: Math.ceil(requests / perRun), seed },
    )
    expect(met.size).toBeGreaterThan(8)
  },
)

test('ten thousand streams at once that end in any order have each their own span, ended once', () => {
  const sdk = spanSdk()
  const telemetry = openTelemetry({ ...sdk, metrics: false })
  const random = seededRandom(seed)
  const open: (RequestTelemetry | undefined)[] = Array.from({ length: 10_000 }, () => {
    const one = telemetry.begin(telemetryRequest)
    one?.attempt({ backend: 'a', endpoint: attemptReport.endpoint, path: chat, model: 'm', body: undefined }, noHead)
    return one
  })
  expect(sdk.lives).toHaveLength(20_000)
  const order = open.map((one, at) => ({ one, at, turn: random() })).toSorted((a, b) => a.turn - b.turn)
  for (const { one, at } of order) {
    const attempt = { ...attemptReport, bytesReceived: at }
    one?.attemptEnded(attempt)
    one?.ended({ ...requestReport, id: `req_${at}`, bytesOut: at, attempts: [attempt] })
  }
  expect(sdk.lives.filter(({ ends }) => ends !== 1)).toEqual([])
  const sizes = new Map(sdk.lives.map(({ span }) => [span.spanContext().spanId, sizeOf(span as never)]))
  expect(sizes.size).toBe(20_000)
  const pairs = sdk.spans().filter((span) => span.parentSpanContext !== undefined)
  expect(pairs).toHaveLength(10_000)
  expect(pairs.filter((span) => sizeOf(span) !== sizes.get(span.parentSpanContext?.spanId ?? ''))).toEqual([])
})

const sizeOf = ({ attributes }: ReadableSpan): unknown => attributes['http.response.body.size']
