/** What is measured of attempts by option, or only where it happens: pace and price of tokens, the wait for a connection. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { Gateway, nodeHandler } from 'headgate'
import type { BackendReading, GatewayConfigInput, GatewayOptions } from 'headgate'
import {
  event,
  eventStream,
  gate as hold,
  json,
  startUpstream,
  steps,
  VirtualClock,
  wholeRequest,
} from '@headgate/testing'
import { until } from './endpoints.ts'
import { chat, oneRoute, question } from './serve.ts'

const word = event({ choices: [{ delta: { content: 'a' } }] })
const usage = event({ model: 'm-2026-01-02', choices: [], usage: { prompt_tokens: 1_000_000, completion_tokens: 4 } })

interface Served extends AsyncDisposable {
  readonly url: string
  readonly gate: Gateway
  /** Resolves when so many requests have ended. */
  report(count: number): Promise<void>
}

/** A gateway whose events nobody listens to: what is measured does not come from there. */
async function serve(config: Omit<GatewayConfigInput, 'version'>, options: GatewayOptions = {}): Promise<Served> {
  const gate = new Gateway({ version: 1, ...config }, options)
  const server = createServer(nodeHandler(gate))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    gate,
    report: (count) => until(() => gate.meters().rules[1]?.duration.count === count),
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await gate.close({ drainMs: 0 })
    },
  }
}

function backendOf({ gate }: Served): BackendReading {
  const [found] = gate.meters().backends
  if (found === undefined) throw new Error('no backend')
  return found
}

describe('tokens', () => {
  /** A stream that says its first word 5 s before its end. */
  async function stream(served: Served, clock: VirtualClock, held: { release(): void }, ended: number): Promise<void> {
    const reply = await fetch(served.url + chat, question)
    await until(() => served.gate.meters().rules[1]?.firstToken.count === ended)
    clock.advance(3000)
    held.release()
    await reply.text().catch(() => '')
    await served.report(ended)
  }

  test('the time between them is counted for a stream that says how many there are', async () => {
    const clock = new VirtualClock()
    const held = hold()
    await using upstream = await startUpstream(eventStream([word, held, usage, event('[DONE]')]))
    await using served = await serve(oneRoute({ a: upstream.url }), { now: clock.now })
    served.gate.meters({ tokens: true })
    await stream(served, clock, held, 1)
    expect(backendOf(served).tokens?.timePerOutputToken).toMatchObject({ count: 1, sum: 1 })
    expect(backendOf(served).tokens).not.toHaveProperty('costs')
  })

  test('a stream that was held back for its first word counts as well', async () => {
    const clock = new VirtualClock()
    const held = hold()
    await using upstream = await startUpstream(eventStream([word, held, usage, event('[DONE]')]))
    const retry = { retries: 1, on: ['5xx' as const], backoff: { base: 0 } }
    await using served = await serve(oneRoute({ a: upstream.url }, { retry }), { now: clock.now })
    served.gate.meters({ tokens: true })
    await stream(served, clock, held, 1)
    expect(backendOf(served).tokens?.timePerOutputToken).toMatchObject({ count: 1, sum: 1 })
  })

  test('their price is that of the model that was served, and prices count tokens', async () => {
    await using upstream = await startUpstream([
      eventStream([word, usage, event('[DONE]')]),
      json({ model: 'other', usage: { prompt_tokens: 7, completion_tokens: 1 } }),
    ])
    await using served = await serve(oneRoute({ a: upstream.url }))
    served.gate.meters({ prices: { m: { input: 2, output: 250_000 } } })
    for (let at = 0; at < 2; at++) await (await fetch(served.url + chat, question)).text()
    await served.report(2)
    const { tokens } = backendOf(served)
    expect(tokens).toMatchObject({ input: 1_000_007, output: 5, costs: [{ model: 'm', cost: 3 }], unpriced: 8 })
    expect(() => served.gate.meters({ prices: { m: { input: -1, output: 0 } } })).toThrow(RangeError)
    served.gate.meters({ prices: { other: { input: 0, output: 0 } } })
    expect(backendOf(served).tokens?.costs).toEqual([{ model: 'm', cost: 3 }])
  })
})

describe('the wait for a connection', () => {
  test('is counted for those alone that find every one busy', async () => {
    const clock = new VirtualClock()
    const held = hold()
    await using upstream = await startUpstream([steps(wholeRequest, held, json({})), json({})])
    const backends = [{ name: 'a', endpoints: [upstream.url], capacity: { maxConnections: 1 } }]
    await using served = await serve(
      { ...oneRoute({}, { backends: [{ backend: 'a' }] }), backends },
      { now: clock.now },
    )
    served.gate.meters()
    const first = fetch(served.url + chat, question)
    await upstream.request(1)
    const second = fetch(served.url + chat, question)
    await until(() => backendOf(served).now?.waiting === 1)
    clock.advance(2000)
    held.release()
    for (const reply of [first, second]) await (await reply).text()
    await served.report(2)
    expect(backendOf(served).pending).toMatchObject({ count: 1, sum: 2 })
    expect(backendOf(served).duration.count).toBe(2)
  })

  test('and is counted for one that gives up', async () => {
    const clock = new VirtualClock()
    const held = hold()
    await using upstream = await startUpstream(steps(wholeRequest, held, json({})))
    const backends = [{ name: 'a', endpoints: [upstream.url], capacity: { maxConnections: 1 } }]
    await using served = await serve(
      { ...oneRoute({}, { backends: [{ backend: 'a' }] }), backends },
      { now: clock.now },
    )
    served.gate.meters()
    const first = fetch(served.url + chat, question)
    await upstream.request(1)
    const leaving = new AbortController()
    const second = fetch(served.url + chat, { ...question, signal: leaving.signal })
    await until(() => backendOf(served).now?.waiting === 1)
    clock.advance(1000)
    leaving.abort()
    await expect(second).rejects.toThrow('aborted')
    await served.report(1)
    expect(backendOf(served).pending).toMatchObject({ count: 1, sum: 1 })
    held.release()
    await (await first).text()
    await served.report(2)
    expect(backendOf(served).pending.count).toBe(1)
  })
})
