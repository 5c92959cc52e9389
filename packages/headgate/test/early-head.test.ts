/** A head of headgate's own for streams that take long: comments, then whatever comes, told in the stream that has begun. */

import { describe, expect, test } from 'vitest'
import { eventStream, failure, gate, json, silence, startUpstream, steps, wholeRequest } from '@headgate/testing'
import { oneRoute, serve } from './serve.ts'
import { apis, whole } from './stream-faults.ts'

const earlyHead = { after: 30, every: 20 }
const comment = ': keep-alive\n\n'
const asked = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"model":"m","stream":true}' }

/** What came until the end or the cut. */
async function readAll(reply: Response): Promise<{ readonly text: string; readonly cut: boolean }> {
  let text = ''
  const decoder = new TextDecoder()
  try {
    for await (const bytes of reply.body ?? []) text += decoder.decode(bytes as Uint8Array, { stream: true })
    return { text, cut: false }
  } catch {
    return { text, cut: true }
  }
}

describe.for(apis)('%s', ([, api]) => {
  test('comments until the stream begins, and then its bytes', async () => {
    const hold = gate()
    await using upstream = await startUpstream(steps(wholeRequest, hold, eventStream(whole(api, 'hi'))))
    await using served = await serve(oneRoute({ a: upstream.url }, { earlyHead }))
    const reply = await fetch(served.url + api.path, asked)
    expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
    hold.release()
    const { text, cut } = await readAll(reply)
    expect(cut).toBe(false)
    expect(text.startsWith(comment)).toBe(true)
    expect(text.replaceAll(comment, '')).toBe(whole(api, 'hi').join(''))
    expect(await served.report(1)).toMatchObject({ result: 'completed', status: 200 })
  })

  test('the attempts go on behind it', async () => {
    const hold = gate()
    await using bad = await startUpstream(steps(wholeRequest, hold, eventStream([api.error('server_error', 'x')])))
    await using good = await startUpstream(eventStream(whole(api, 'hi')))
    const rule = { earlyHead, fallback: { backends: ['b'] } }
    await using served = await serve(oneRoute({ a: bad.url, b: good.url }, rule))
    const reply = await fetch(served.url + api.path, asked)
    hold.release()
    expect((await readAll(reply)).text.replaceAll(comment, '')).toBe(whole(api, 'hi').join(''))
  })

  test.for([
    ['an error reply', failure(400), 'Scripted failure 400.'],
    ['a reply that is no stream', json({ ok: true }), 'The backend failed.'],
  ] as const)('%s becomes an error event, then the stream is cut', async ([, script, told]) => {
    const hold = gate()
    await using upstream = await startUpstream(steps(wholeRequest, hold, script))
    await using served = await serve(oneRoute({ a: upstream.url }, { earlyHead }))
    const reply = await fetch(served.url + api.path, asked)
    hold.release()
    const { text, cut } = await readAll(reply)
    expect(cut).toBe(true)
    expect(text).toMatch(/\ndata: \{.*"error"/)
    expect(text).toContain(told)
    expect(text).not.toContain('[DONE]')
    expect(await served.report(1)).toMatchObject({ result: 'broken', bytesOut: text.length })
  })

  test('the end of the whole request is told as an event', async () => {
    await using upstream = await startUpstream(steps(wholeRequest, silence))
    await using served = await serve(oneRoute({ a: upstream.url }, { earlyHead, timeouts: { request: 300 } }))
    const { text, cut } = await readAll(await fetch(served.url + api.path, asked))
    expect([cut, text.includes('request_timeout') || text.includes('timeout')]).toEqual([true, true])
    expect(await served.report(1)).toMatchObject({ result: 'broken', code: 'request_timeout' })
  })
})

describe('no early head', () => {
  const [, api] = apis[0] as (typeof apis)[number]

  test.for([
    ['who asked for no stream', '{"model":"m"}'],
    ['whose body is no JSON', '"stream":true'],
    ['whose body asks for it elsewhere', '{"metadata":{"stream":true},"stream":false}'],
  ] as const)('for a caller %s', async ([, body]) => {
    const hold = gate()
    await using upstream = await startUpstream(steps(wholeRequest, hold, failure(400)))
    await using served = await serve(oneRoute({ a: upstream.url }, { earlyHead: { after: 1, every: 1 } }))
    const reply = fetch(served.url + api.path, { ...asked, body })
    await hold.reached
    // The clock of the early head has rung when one that was armed later has.
    await using slow = await startUpstream(steps(wholeRequest, silence))
    await using other = await serve(oneRoute({ a: slow.url }, { timeouts: { request: 60 } }))
    await (await fetch(other.url, asked)).text()
    hold.release()
    expect((await reply).status).toBe(400)
  })
})
