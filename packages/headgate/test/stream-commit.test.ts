/** Streams until their commit: what fails before its first event is replaced, and the caller sees none of it. */

import { describe, expect, test } from 'vitest'
import { connectRaw, eventStream, gate, head, reset, startUpstream, steps, wholeRequest } from '@headgate/testing'
import type { Script } from '@headgate/testing'
import { question, oneRoute, serve } from './serve.ts'
import { apis, whole } from './stream-faults.ts'
import type { Api } from './stream-faults.ts'

const streamHead = head(200, [
  ['content-type', 'text/event-stream'],
  ['transfer-encoding', 'chunked'],
  ['x-from', 'a'],
])

/** `status`: what the failure stands for in the report, where it is told by the stream. */
const faults: readonly (readonly [string, (api: Api) => Script, string])[] = [
  ['an error as its first event', (api) => eventStream([api.error('server_error', 'server_error')]), 'error-event'],
  ['an error after its opening', (api) => eventStream([api.opening, api.error('server_error', 'x')]), 'error-event'],
  [
    'an error after three pings',
    (api) => eventStream([api.ping, api.ping, api.ping, api.error('api_error', 'x')]),
    'error-event',
  ],
  ['an overload told in band', (api) => eventStream([api.error('overloaded_error', 'overloaded')]), 'error-event'],
  [
    'a limit told in band',
    (api) => eventStream([api.opening, api.error('rate_limit_error', 'rate_limit_exceeded')]),
    'error-event',
  ],
  ['no event at all', () => eventStream([]), 'empty'],
  ['only pings', (api) => eventStream([api.ping, api.ping]), 'empty'],
  ['only its opening', (api) => eventStream([api.opening]), 'empty'],
  ['a first event that is no JSON', () => eventStream(['data: <html>502 Bad Gateway</html>\n\n']), 'malformed'],
  ['a cut behind its head', () => steps(wholeRequest, streamHead, reset), 'reset'],
  ['a cut behind its opening', (api) => eventStream([api.opening, reset]), 'reset'],
]

describe.for(apis)('%s', ([, api]) => {
  describe.for(faults)('a stream with %s', ([, fault, outcome]) => {
    test('fails over: the caller gets the whole stream of the fallback and no byte of it', async () => {
      await using bad = await startUpstream(fault(api))
      await using good = await startUpstream(eventStream(whole(api, 'hello'), { headers: [['x-from', 'b']] }))
      await using served = await serve(oneRoute({ a: bad.url, b: good.url }, { fallback: { backends: ['b'] } }))
      const reply = await fetch(served.url + api.path, question)
      expect([reply.status, reply.headers.get('x-from')]).toEqual([200, 'b'])
      expect(await reply.text()).toBe(whole(api, 'hello').join(''))
      const { attempts, result, backend } = await served.report(1)
      expect([result, backend]).toEqual(['completed', 'b'])
      expect(attempts.map((attempt) => [attempt.backend, attempt.outcome])).toEqual([
        ['a', outcome],
        ['b', 'ok'],
      ])
      expect([bad.requests.length, good.requests.length]).toEqual([1, 1])
    })

    test('is repeated where a retry policy says so', async () => {
      await using upstream = await startUpstream([fault(api), eventStream(whole(api, 'hello'))])
      const retry = { retries: 1, on: ['5xx' as const, 'rate-limited' as const], backoff: { base: 0 } }
      await using served = await serve(oneRoute({ a: upstream.url }, { retry }))
      const reply = await fetch(served.url + api.path, question)
      expect(await reply.text()).toBe(whole(api, 'hello').join(''))
      expect(upstream.requests).toHaveLength(2)
    })
  })

  test('a stall with keep-alives fails over when the clock of the first event runs out', async () => {
    const stop = gate()
    await using bad = await startUpstream(eventStream([api.opening, api.ping, stop, api.word('late')]))
    await using good = await startUpstream(eventStream(whole(api, 'hello')))
    const timeouts = { firstEvent: 40 }
    await using served = await serve(oneRoute({ a: bad.url, b: good.url }, { fallback: { backends: ['b'] }, timeouts }))
    const reply = await fetch(served.url + api.path, question)
    expect(await reply.text()).toBe(whole(api, 'hello').join(''))
    expect((await served.report(1)).attempts[0]).toMatchObject({ outcome: 'timeout', clock: 'firstEvent' })
    expect(await bad.closed(1)).toBeDefined()
    stop.release()
  })

  test('a good stream is the same to the byte, also where it was held until its first word', async () => {
    await using upstream = await startUpstream(eventStream([api.ping, ...whole(api, 'one')]))
    await using served = await serve(oneRoute({ a: upstream.url, b: upstream.url }, { fallback: { backends: ['b'] } }))
    const reply = await fetch(served.url + api.path, question)
    expect(await reply.text()).toBe(api.ping + whole(api, 'one').join(''))
    expect(upstream.requests).toHaveLength(1)
  })

  test('the last try is not held: its head and its error go on as they are', async () => {
    await using bad = await startUpstream(eventStream([api.error('server_error', 'x')]))
    await using served = await serve(oneRoute({ a: bad.url }))
    const reply = await fetch(served.url + api.path, question)
    expect([reply.status, await reply.text()]).toEqual([200, api.error('server_error', 'x')])
  })
})

describe('the head of a stream', () => {
  const [, api] = apis[0] as (typeof apis)[number]

  test('goes on before its first event where no other try is possible', async () => {
    const hold = gate()
    await using upstream = await startUpstream(steps(wholeRequest, streamHead, hold, reset))
    await using served = await serve(oneRoute({ a: upstream.url }))
    const reply = await fetch(served.url + api.path, question)
    expect(reply.headers.get('x-from')).toBe('a')
    hold.release()
    await expect(reply.text()).rejects.toThrow('terminated')
  })

  test('waits for the first event where one is', async () => {
    const hold = gate()
    await using upstream = await startUpstream(eventStream([api.opening, hold, api.word('a'), api.ending]))
    await using served = await serve(oneRoute({ a: upstream.url, b: upstream.url }, { fallback: { backends: ['b'] } }))
    using client = await connectRaw(served.url)
    await client.send({ method: 'POST', target: api.path, body: question.body })
    const reply = client.reply('POST')
    let came = false
    void reply.then(() => (came = true))
    await hold.reached
    // What was written before has passed through when a later request has been answered.
    upstream.use(eventStream(whole(api, 'b')))
    await (await fetch(served.url + api.path, question)).text()
    expect(came).toBe(false)
    hold.release()
    expect((await reply).status).toBe(200)
  })
})

describe('the dialect of a route', () => {
  const [, api] = apis[2] as (typeof apis)[number]
  const fallback = { backends: ['b'] }

  test('is known by name where the path does not say it, for streams and for errors', async () => {
    await using bad = await startUpstream([eventStream([api.opening, api.error('api_error', 'x')]), reset])
    await using good = await startUpstream([eventStream(whole(api, 'hello')), reset])
    const rule = { dialect: 'anthropic-messages', fallback }
    await using served = await serve(oneRoute({ a: bad.url, b: good.url }, rule))
    expect(await (await fetch(`${served.url}/ask`, question)).text()).toBe(whole(api, 'hello').join(''))
    expect(await (await fetch(`${served.url}/ask`, question)).json()).toMatchObject({ type: 'error' })
  })

  test('may be one of the application’s own', async () => {
    await using bad = await startUpstream(eventStream(['data: wait\n\n', 'data: broken\n\n']))
    await using good = await startUpstream(eventStream(['data: wait\n\n', 'data: word\n\n']))
    const dialects = {
      plain: (_event: string | undefined, data: string) => {
        if (data === 'broken') return { kind: 'error-event', status: 500 } as const
        return data === 'wait' ? ('hold' as const) : ('commit' as const)
      },
    }
    const config = oneRoute({ a: bad.url, b: good.url }, { dialect: 'plain', fallback })
    await using served = await serve(config, { dialects })
    expect(await (await fetch(`${served.url}/ask`, question)).text()).toBe('data: wait\n\ndata: word\n\n')
    expect((await served.report(1)).attempts[0]?.outcome).toBe('error-event')
  })

  test('that nobody knows is refused at the start', async () => {
    await expect(serve(oneRoute({ a: 'http://127.0.0.1:1' }, { dialect: 'plian' }))).rejects.toThrow(
      'the dialect "plian"; expected openai-chat',
    )
  })
})
