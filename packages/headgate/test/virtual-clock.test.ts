/** A gateway on a clock that a test moves: hours pass at once, and only when they are told to. */

import { expect, test } from 'vitest'
import { failure, json, silence, startUpstream, VirtualClock } from '@headgate/testing'
import { chat, oneRoute, question, serve } from './serve.ts'

test('a clock of a rule runs out when the time has passed', async () => {
  const clock = new VirtualClock()
  await using upstream = await startUpstream(silence)
  await using served = await serve(oneRoute({ a: upstream.url }, { timeouts: { headers: '1h' } }), { now: clock.now })
  const answer = fetch(served.url + chat, question)
  await upstream.request(1)
  clock.advance(3_599_999)
  expect(served.gate.inFlight).toBe(1)
  clock.advance(1)
  expect((await answer).status).toBe(504)
})

test('a breaker lets a probe through when its time is over, and a bucket is full again', async () => {
  const clock = new VirtualClock()
  await using upstream = await startUpstream([failure(500), json({})])
  const breaker = { failures: 1, openFor: '1h' as const, maxOpenFor: '1h' as const }
  const limits = [{ name: 'few', per: 'all' as const, tokens: 2, every: '2h' as const }]
  const config = oneRoute({}, { backends: [{ backend: 'a' }], limits: ['few'] }, { limits })
  const backends = [{ name: 'a', endpoints: [upstream.url], breaker }]
  await using served = await serve({ ...config, backends }, { now: clock.now })
  const ask = async (): Promise<number> => (await fetch(served.url + chat, question)).status
  expect([await ask(), await ask(), await ask()]).toEqual([500, 503, 429])
  clock.advance(3_600_000)
  expect([await ask(), await ask()]).toEqual([200, 429])
})
