/** What a stream tells after its head has gone on: it counts for the breaker and changes nothing for the caller. */

import { describe, expect, test } from 'vitest'
import { eventStream, gate, startUpstream } from '@headgate/testing'
import type { Served } from './serve.ts'
import { oneRoute, question, serve } from './serve.ts'
import { apis, whole } from './stream-faults.ts'

const breaker = { failures: 1, openFor: 60_000 }

function served(url: string, rule = {}): Promise<Served> {
  const config = oneRoute({ a: url }, rule)
  return serve({ ...config, backends: [{ name: 'a', endpoints: [url], breaker }] })
}

function breakerOf({ gate: running }: Served): string | undefined {
  return running.backends()[0]?.endpoints[0]?.breaker
}

describe.for(apis)('%s', ([, api]) => {
  test.for([
    ['as its first event', [api.error('server_error', 'x')]],
    ['behind its opening', [api.opening, api.error('server_error', 'x')]],
    ['at its end', [api.opening, api.word('half'), api.error('server_error', 'x')]],
  ] as const)('an error %s opens the breaker', async ([, events]) => {
    await using upstream = await startUpstream(eventStream(events))
    await using running = await served(upstream.url)
    const reply = await fetch(running.url + api.path, question)
    expect([reply.status, await reply.text()]).toEqual([200, events.join('')])
    expect(await running.report(1)).toMatchObject({ result: 'completed', attempts: [{ outcome: 'error-event' }] })
    expect(breakerOf(running)).toBe('open')
  })

  // However the end is cut into chunks, and whether its beginning was held for a retry or not.
  const fault = api.error('server_error', 'x')
  const ends: readonly (readonly [string, readonly string[]])[] = [
    ['in the chunk of the first word', [api.opening, api.word('half') + fault]],
    ['all at once', [api.opening + api.word('half') + fault]],
    ['in two pieces', [api.opening, api.word('half'), fault.slice(0, 20), fault.slice(20)]],
    ['and [DONE] together', [api.opening, api.word('half'), `${fault}data: [DONE]\n\n`]],
    ['and [DONE] apart', [api.opening, api.word('half'), fault, 'data: [DONE]\n\n']],
  ]
  test.for(ends.flatMap(([how, events]) => [0, 1].map((retries) => [how, retries, events] as const)))(
    'an error at its end, %s, opens the breaker: %d retries',
    async ([, retries, events]) => {
      await using upstream = await startUpstream(eventStream(events))
      await using running = await served(upstream.url, { retry: { retries, on: ['5xx'] } })
      expect(await (await fetch(running.url + api.path, question)).text()).toBe(events.join(''))
      expect(await running.report(1)).toMatchObject({ result: 'completed', attempts: [{ outcome: 'error-event' }] })
      expect(breakerOf(running)).toBe('open')
    },
  )

  test('a stream that says nothing opens the breaker', async () => {
    await using upstream = await startUpstream(eventStream([api.opening]))
    await using running = await served(upstream.url)
    await (await fetch(running.url + api.path, question)).text()
    expect(await running.report(1)).toMatchObject({ result: 'completed', attempts: [{ outcome: 'empty' }] })
    expect(breakerOf(running)).toBe('open')
  })

  test('an error of the request that was held, and that no condition asks to replace, counts as what it is', async () => {
    const error = api.error('invalid_request_error', 'invalid_request_error')
    await using upstream = await startUpstream(eventStream([api.opening, error]))
    await using running = await served(upstream.url, { retry: { retries: 1, on: ['5xx'] } })
    expect(await (await fetch(running.url + api.path, question)).text()).toBe(api.opening + error)
    expect(await running.report(1)).toMatchObject({ result: 'completed', attempts: [{ outcome: 'error-event' }] })
    expect(breakerOf(running)).toBe('closed')
  })

  test.for([
    ['a whole stream', [...whole(api, 'hello')]],
    ['an error of the request', [api.error('invalid_request_error', 'invalid_request_error')]],
    ['a stream without its ending', [api.opening, api.word('hello')]],
  ] as const)('%s does not', async ([, events]) => {
    await using upstream = await startUpstream(eventStream(events))
    await using running = await served(upstream.url)
    await (await fetch(running.url + api.path, question)).text()
    await running.report(1)
    expect(breakerOf(running)).toBe('closed')
  })

  test('the clock of the first event cuts a stream that goes on without one, visibly', async () => {
    const hold = gate()
    await using upstream = await startUpstream(eventStream([api.opening, api.ping, hold]))
    await using running = await served(upstream.url, { timeouts: { firstEvent: 250 } })
    const reply = await fetch(running.url + api.path, question)
    expect(reply.status).toBe(200)
    await expect(reply.text()).rejects.toThrow('terminated')
    expect(await running.report(1)).toMatchObject({ result: 'broken', code: 'upstream_timeout' })
    expect(breakerOf(running)).toBe('open')
    hold.release()
  })

  test('that clock stops at the first event', async () => {
    const hold = gate()
    const other = gate()
    await using upstream = await startUpstream([
      eventStream([api.opening, api.word('a'), hold, api.ending]),
      eventStream([api.opening, other]),
    ])
    await using running = await served(upstream.url, { timeouts: { firstEvent: 250 } })
    const reply = await fetch(running.url + api.path, question)
    await hold.reached
    // A second stream runs into the clock: by then the first would have, too.
    await expect((await fetch(running.url + api.path, question)).text()).rejects.toThrow('terminated')
    hold.release()
    expect(await reply.text()).toBe(whole(api, 'a').join(''))
    other.release()
  })
})
