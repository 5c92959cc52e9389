/** Cases: event streams arrive as they are sent, break visibly, and end for the backend when the caller leaves. */

import { expect } from 'vitest'
import {
  chunk,
  event,
  eventStream,
  faultsInBody,
  fin,
  FramingError,
  gate,
  head,
  reset,
  type Script,
  silence,
  steps,
  wholeRequest,
} from '@headgate/testing'
import { chat, type MountBench, type MountCase, post } from './bench.ts'

const delta = (content: string): string =>
  event({ id: 'c', object: 'chat.completion.chunk', model: 'm', choices: [{ index: 0, delta: { content } }] })
const done = 'data: [DONE]\n\n'
const streamHead = head(200, [
  ['content-type', 'text/event-stream'],
  ['transfer-encoding', 'chunked'],
])

const stepwise: MountCase = {
  name: 'each event arrives before the next is sent, and the stream ends cleanly',
  run: async (bench) => {
    const [first, second] = [gate(), gate()]
    const upstream = await bench.upstream(
      eventStream([delta('one'), first, delta('two'), second, delta('three'), done]),
    )
    const received = await bench.send(await bench.mountOne(upstream), chat({ stream: true }))
    expect(received.header('content-type')).toMatch(/^text\/event-stream/)
    await received.until(delta('one'))
    first.release()
    expect(await received.until(delta('two'))).not.toContain('three')
    second.release()
    expect(await received.settled()).toBe('whole')
    expect(received.text).toBe(delta('one') + delta('two') + delta('three') + done)
  },
}

const earlyHead: MountCase = {
  name: 'the head of a stream arrives before its first event',
  run: async (bench) => {
    const pause = gate()
    const upstream = await bench.upstream(eventStream([pause, delta('one'), done]))
    const received = await bench.send(await bench.mountOne(upstream), chat({ stream: true }))
    expect([received.status, received.text]).toEqual([200, ''])
    pause.release()
    expect(await received.settled()).toBe('whole')
  },
}

const closeFramed: MountCase = {
  name: 'a stream that the backend ends by closing ends cleanly for the caller',
  run: async (bench) => {
    const upstream = await bench.upstream(eventStream([delta('one'), done], { framing: 'close' }))
    const received = await bench.exchange(await bench.mountOne(upstream), chat({ stream: true }))
    expect([received.state, received.text]).toEqual(['whole', delta('one') + done])
  },
}

/** Dialects by path: the event that a client of the dialect takes for an error. */
const breaks: readonly (readonly [string, string, Script, RegExp | undefined])[] = [
  ['a chat stream broken by a reset', '/v1/chat/completions', reset, /\n\ndata: \{"error":/],
  ['a chat stream closed without its end', '/v1/chat/completions', fin, /\n\ndata: \{"error":/],
  ['a messages stream broken by a reset', '/v1/messages', reset, /\n\nevent: error\ndata: \{"type":"error"/],
  ['a stream of no known dialect broken by a reset', '/custom/stream', reset, undefined],
]

function broken([name, target, ending, errorEvent]: (typeof breaks)[number]): MountCase {
  return {
    name: `${name} is cut for the caller too${errorEvent === undefined ? '' : ', after an error event'}`,
    run: async (bench) => {
      const pause = gate()
      const parts = [delta('one'), delta('two')]
      const upstream = await bench.upstream(steps(wholeRequest, streamHead, ...parts.map(chunk), pause, ending))
      const received = await bench.send(await bench.mountOne(upstream), post(target, '{"model":"m","stream":true}'))
      await received.until(delta('two'))
      pause.release()
      expect(await received.settled()).toBe('cut')
      expect(received.text.startsWith(parts.join(''))).toBe(true)
      const rest = received.text.slice(parts.join('').length - 2)
      expect(rest).toMatch(errorEvent ?? /^\n\n$/)
      expect(rest).not.toContain('[DONE]')
    },
  }
}

const halfEvent: MountCase = {
  name: 'an error event does not run into half an event that was sent before',
  run: async (bench) => {
    const pause = gate()
    const half = delta('two').slice(0, 30)
    const upstream = await bench.upstream(steps(wholeRequest, streamHead, chunk(delta('one') + half), pause, reset))
    const received = await bench.send(await bench.mountOne(upstream), chat({ stream: true }))
    await received.until(half)
    pause.release()
    expect(await received.settled()).toBe('cut')
    expect(received.text.slice(delta('one').length)).toMatch(/^data: [^\n]{24}\n\n(?:event: error\n)?data: \{"error":/)
  },
}

function brokenBody([fault, script]: readonly [string, Script]): MountCase {
  return {
    name: `the caller sees that a body is not whole: ${fault}`,
    run: async (bench) => {
      const upstream = await bench.upstream(script)
      const client = await bench.connect(await bench.mountOne(upstream))
      await client.send({ target: '/v1/models' })
      // A gateway that has the fault in hand before it sent the head may say so with 502 instead.
      const received = await client.reply().catch(() => undefined)
      const end = await received
        ?.settled()
        .catch((error: unknown) => (error instanceof FramingError ? 'malformed' : error))
      expect(received?.status === 502 ? 'refused' : (end ?? 'cut')).toMatch(/^(?:cut|refused)$/)
    },
  }
}

const leavesBeforeHead: MountCase = {
  name: 'a caller that leaves before the head ends the request at the backend',
  run: (bench) => leaves(bench, silence, () => Promise.resolve()),
}

const leavesMidStream: MountCase = {
  name: 'a caller that leaves in the middle of a stream ends it at the backend',
  run: (bench) =>
    leaves(bench, eventStream([delta('one'), silence]), async (client) => {
      await (await client.reply('POST')).until(delta('one'))
    }),
}

async function leaves(
  bench: MountBench,
  script: Script,
  ready: (client: Awaited<ReturnType<MountBench['connect']>>) => Promise<void>,
): Promise<void> {
  const upstream = await bench.upstream(script)
  const client = await bench.connect(await bench.mountOne(upstream))
  await client.send(chat({ stream: true }))
  const request = await upstream.request(1)
  await ready(client)
  client.abort()
  expect(await upstream.closed(request.connection)).toMatch(/^peer-/)
  expect(upstream.requests).toHaveLength(1)
}

const leavesUpload: MountCase = {
  name: 'an upload that the caller breaks off never looks whole to the backend',
  run: async (bench) => {
    const upstream = await bench.upstream(steps(wholeRequest, silence))
    const client = await bench.connect(await bench.mountOne(upstream))
    const headers = 'host: x\r\ncontent-type: application/octet-stream\r\ntransfer-encoding: chunked\r\n'
    await client.write(`POST /v1/files HTTP/1.1\r\n${headers}\r\n`)
    await client.write(chunk(Buffer.alloc(256 * 1024, 'a')))
    const request = await upstream.request(1)
    client.abort()
    expect(await request.settled).toBe('cut')
  },
}

export const streamCases: readonly MountCase[] = [
  stepwise,
  earlyHead,
  closeFramed,
  ...breaks.map(broken),
  halfEvent,
  ...Object.entries(faultsInBody).map(brokenBody),
  leavesBeforeHead,
  leavesMidStream,
  leavesUpload,
]
