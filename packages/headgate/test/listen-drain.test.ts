/** Connections while a close lets what is in flight end: callers are told not to come back, and who is done is let go. */

import { describe, expect, test } from 'vitest'
import {
  connectRaw,
  event,
  eventStream,
  gate as newGate,
  json,
  startUpstream,
  steps,
  wholeRequest,
} from '@headgate/testing'
import { chat, oneRoute, question } from './serve.ts'
import { http, openSockets } from './sockets.ts'
import type { Sockets } from './sockets.ts'

const host = 'one.test'
const post = { method: 'POST', target: chat, headers: [['host', host]], body: question.body } as const

function open(url: string): Promise<Sockets> {
  return openSockets(oneRoute({ a: url }, {}, { listeners: [http('plain', host)] }))
}

describe('while a stream keeps a close waiting', () => {
  test('a reply whose head was not out says that its connection ends, and it does', async () => {
    const [answer, more] = [newGate(), newGate()]
    await using upstream = await startUpstream([
      eventStream([event('one'), more, event('two')]),
      steps(wholeRequest, answer, json({ ok: true })),
    ])
    await using sockets = await open(upstream.url)
    using streaming = await connectRaw(sockets.url('plain'))
    using waiting = await connectRaw(sockets.url('plain'))
    await streaming.send(post)
    const stream = await streaming.reply('POST')
    await stream.until('one')
    await waiting.send(post)
    await answer.reached
    const closed = sockets.listening.close()
    answer.release()
    const reply = await waiting.reply('POST')
    expect([await reply.settled(), reply.status, reply.header('connection')]).toEqual(['whole', 200, 'close'])
    await waiting.ended()
    expect(stream.state).toBe('reading')
    more.release()
    expect(await stream.settled()).toBe('whole')
    await closed
  })

  test('a connection whose own stream has ended is closed', async () => {
    const [first, second] = [newGate(), newGate()]
    await using upstream = await startUpstream([
      eventStream([event('one'), first, event('two')]),
      eventStream([event('one'), second, event('two')]),
    ])
    await using sockets = await open(upstream.url)
    using short = await connectRaw(sockets.url('plain'))
    using long = await connectRaw(sockets.url('plain'))
    await short.send(post)
    const ending = await short.reply('POST')
    await ending.until('one')
    await long.send(post)
    const lasting = await long.reply('POST')
    await lasting.until('one')
    const closed = sockets.listening.close()
    first.release()
    expect(await ending.settled()).toBe('whole')
    await short.ended()
    expect(lasting.state).toBe('reading')
    second.release()
    expect(await lasting.settled()).toBe('whole')
    await closed
  })
})
