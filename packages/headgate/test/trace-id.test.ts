/** Which trace a record says that its request belongs to. */

import { expect, test } from 'vitest'
import { json, startUpstream } from '@headgate/testing'
import type { RequestTelemetry, Telemetry } from 'headgate'
import { chat, oneRoute, question, serve } from './serve.ts'

const ofCaller = '0af7651916cd43dd8448eb211c80319c'
const ofTelemetry = '4bf92f3577b34da6a3ce929d0e0e4736'
const zeros = '0'.repeat(32)

function following(traceId: () => string | undefined): Telemetry {
  const ignore = (): void => undefined
  const request: RequestTelemetry = {
    recording: false,
    get traceId() {
      return traceId()
    },
    attempt: ignore,
    attemptEnded: ignore,
    ended: ignore,
    mirror: ignore,
  }
  return { active: true, begin: () => request }
}

async function traceIdOf(caller: string | undefined, telemetry?: Telemetry): Promise<string | undefined> {
  await using a = await startUpstream(json({}))
  await using served = await serve(oneRoute({ a: a.url }), telemetry === undefined ? {} : { telemetry })
  const headers = caller === undefined ? {} : { traceparent: `00-${caller}-b7ad6b7169203331-01` }
  await fetch(served.url + chat, { ...question, headers })
  return (await served.report(1)).traceId
}

test.for<[string | undefined, string | undefined]>([
  [ofCaller, ofCaller],
  [zeros, undefined],
  [undefined, undefined],
])('of a caller that is in the trace %s it is %s', async ([caller, expected]) => {
  expect(await traceIdOf(caller)).toBe(expected)
})

test.for<[string, () => string | undefined, string | undefined]>([
  ['another one', () => ofTelemetry, ofTelemetry],
  ['none', () => undefined, ofCaller],
  ['something else', () => 'secret', undefined],
])('where telemetry says %s, that goes first', async ([, told, expected]) => {
  expect(await traceIdOf(ofCaller, following(told))).toBe(expected)
})

test('telemetry that throws for it harms nobody', async () => {
  const broken = (): never => {
    throw new Error('broken')
  }
  expect(await traceIdOf(ofCaller, following(broken))).toBe(ofCaller)
})
