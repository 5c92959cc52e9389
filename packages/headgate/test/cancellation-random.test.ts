/** Callers that leave at any moment, by chance: nothing is left behind, and every backend sees its part of the end. */

import { expect, test } from 'vitest'
import { earlyReply, event, eventStream, failure, json, seededRandom } from '@headgate/testing'
import { silence, startUpstream, steps, wholeRequest } from '@headgate/testing'
import type { Script } from '@headgate/testing'
import { callers } from './callers.ts'
import { heldBy, nothing, when } from './held.ts'
import { oneRoute } from './serve.ts'

const scripts: readonly Script[] = [
  silence,
  steps(wholeRequest, silence),
  eventStream([event('one'), silence]),
  eventStream([event('one'), event('two')]),
  failure(503),
  json({}),
  earlyReply(413),
]
const hours = { type: 'minimum', base: '1h', max: '1h' } as const

test.for(Object.entries(callers).flatMap(([name, open]) => [1, 2].map((seed) => [name, seed, open] as const)))(
  '%s, seed %i: sixty callers, eight at a time, give everything back',
  async ([, seed, open]) => {
    const random = seededRandom(seed)
    const below = (count: number): number => Math.floor(random() * count)
    const script: Script = (request, wire) => scripts[below(scripts.length)]?.(request, wire)
    await using upstream = await startUpstream(script)
    const rule = { timeouts: { request: '9h' }, retry: { retries: 2, on: [503], backoff: hours } } as const
    const backends = [{ name: 'a', endpoints: [upstream.url], capacity: { maxConnections: 5 } }]
    await using served = await open({ ...oneRoute({ a: upstream.url }, rule), backends })
    let ended = 0
    const departs = async (): Promise<void> => {
      const length = random() < 0.4 ? 40_000 : undefined
      const caller = await served.post(length)
      const turns = below(30)
      for (let turn = 0; turn < turns; turn++) {
        if (length !== undefined && turn < 6) caller.upload('x'.repeat(5000))
        await new Promise((resolve) => setImmediate(resolve))
      }
      caller.leave()
      ended++
    }
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        while (ended < 60) await departs()
      }),
    )
    await when(() => heldBy(served.gate).inFlight === 0 && heldBy(served.gate).connections === 0)
    expect(heldBy(served.gate)).toEqual(nothing)
    await Promise.all(upstream.requests.map(({ settled }) => settled))
    expect(upstream.requests.length).toBeGreaterThan(10)
    expect(upstream.journal.filter(({ kind }) => kind === 'malformed')).toEqual([])
  },
)
