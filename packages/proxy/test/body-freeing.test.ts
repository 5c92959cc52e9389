/** When the memory of an upload is freed, and when it must not be: chunks of a real request, written by a sink that the test plays. */

import { IncomingMessage, createServer, request as httpRequest } from 'node:http'
import { Socket, type AddressInfo } from 'node:net'
import { PassThrough, type Readable } from 'node:stream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { BodyReader } from '../src/body-reader.ts'
import { BodyBudget, RequestBody, longestShared } from '../src/index.ts'

const whole = 1024 * 1024
const closings: (() => unknown)[] = []
let incoming: IncomingMessage

beforeEach(async () => {
  const server = createServer()
  const came = new Promise<IncomingMessage>((resolve) => server.once('request', resolve))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const upload = httpRequest({ port, host: '127.0.0.1', method: 'POST', headers: { 'content-length': String(whole) } })
  upload.on('error', () => {})
  upload.end(Buffer.alloc(whole, 'x'))
  closings.push(
    () => upload.destroy(),
    () => server.close(),
  )
  incoming = await came
})

afterEach(() => {
  for (const close of closings.splice(0)) close()
})

function bodyOf(source: Readable, keepBytes: number): RequestBody {
  return RequestBody.stream(source, whole, keepBytes, new BodyBudget(2 * whole))
}

interface Sent {
  readonly chunks: Buffer[]
  readonly reader: BodyReader
  /** Still there, of those that were long enough to be freed. */
  readonly left: () => number
}

/** Takes the whole upload. `wrote` says how many of its writes are called back as they are made. */
async function send(body: RequestBody, wrote: number = Number.POSITIVE_INFINITY): Promise<Sent> {
  const reader = body.open()
  if (!(reader instanceof BodyReader)) throw new TypeError('expected a reader')
  const chunks: Buffer[] = []
  await new Promise<void>((resolve) => {
    reader.feed({
      chunk(chunk) {
        chunks.push(chunk)
        if (chunks.length <= wrote) process.nextTick(() => reader.wrote(chunk))
        return true
      },
      end: resolve,
    })
  })
  await new Promise((resolve) => setImmediate(resolve))
  return { chunks, reader, left: () => chunks.filter((chunk) => chunk.length > longestShared).length }
}

test('what is kept for another try is freed when it is released', async () => {
  const body = bodyOf(incoming, whole)
  const { chunks, left } = await send(body)
  expect(chunks.reduce((sum, { length }) => sum + length, 0)).toBe(whole)
  expect(left()).toBeGreaterThan(10)
  expect(body.kept?.length).toBe(whole)
  body.release()
  expect(left()).toBe(0)
})

test('what is not kept is freed as it is written', async () => {
  const { chunks, left } = await send(bodyOf(incoming, 0))
  expect(chunks.length).toBeGreaterThan(10)
  expect(left()).toBe(0)
})

test('what the kernel may still read is not freed: its write was not called back', async () => {
  const body = bodyOf(incoming, whole)
  const { chunks, reader, left } = await send(body, 3)
  body.release()
  const waiting = chunks.slice(3).filter(({ length }) => length > longestShared)
  expect(left()).toBe(waiting.length)
  expect(waiting.length).toBeGreaterThan(5)
  for (const chunk of chunks.slice(3)) reader.wrote(chunk)
  expect(left()).toBe(0)
})

test('a caller that leaves frees what was written, and nothing else', async () => {
  const body = bodyOf(incoming, whole)
  const { chunks, left } = await send(body, 3)
  const written = chunks.slice(0, 3).filter(({ length }) => length > longestShared).length
  const all = left()
  body.destroy()
  expect(left()).toBe(all - written)
})

test('a second try sends the same bytes, and nothing of them is freed at all', async () => {
  const body = bodyOf(incoming, whole)
  await send(body)
  const { left } = await send(body)
  const all = left()
  body.release()
  expect([all, left()]).toEqual([all, all])
  expect(all).toBeGreaterThan(10)
})

type Anything = (...values: unknown[]) => unknown

/** `seen` is called with what each of them is given. */
const others: Readonly<Record<string, (request: IncomingMessage, seen: (chunk: unknown) => void) => void>> = {
  'that listens for data': (request, seen) => request.on('data', seen),
  'that listens for the first chunk alone': (request, seen) => request.once('data', seen),
  'that listens for one chunk, in front': (request, seen) =>
    process.nextTick(() => request.prependOnceListener('data', seen)),
  'that has read the first bytes and put them back': (request, seen) => {
    const chunk: unknown = request.read()
    seen(chunk)
    request.unshift(chunk)
  },
  'that looks at what is emitted': (request, seen) => {
    const emit = request.emit.bind(request) as Anything
    request.emit = ((...values: unknown[]) => {
      if (values[0] === 'data') seen(values[1])
      return emit(...values)
    }) as typeof request.emit
  },
  'that looks at what is pushed': (request, seen) => {
    const push = request.push.bind(request)
    request.push = (chunk: unknown) => {
      seen(chunk)
      return push(chunk)
    }
  },
  'that puts listeners around those of others': (request, seen) => {
    const on = request.on.bind(request) as Anything
    request.on = ((event: string, listener: Anything) =>
      on(event, (...values: unknown[]) => {
        if (event === 'data') seen(values[0])
        return Reflect.apply(listener, request, values)
      })) as typeof request.on
  },
}

test('another one who puts listeners around those of others, and tells of them, keeps what it has seen', async () => {
  const seen: Buffer[] = []
  const on = incoming.on.bind(incoming) as Anything
  incoming.on = ((event: string, listener: Anything) => {
    const around = (...values: unknown[]): unknown => {
      if (Buffer.isBuffer(values[0])) seen.push(values[0])
      return Reflect.apply(listener, incoming, values)
    }
    return on(event, Object.assign(around, { listener }))
  }) as typeof incoming.on
  await send(bodyOf(incoming, 0))
  expect(Buffer.concat(seen).length).toBe(whole)
})

test.each(Object.entries(others))('another one %s keeps what it has seen', async (_name, watch) => {
  const seen: Buffer[] = []
  let bytes = 0
  watch(incoming, (chunk) => {
    if (!Buffer.isBuffer(chunk)) return
    seen.push(chunk)
    bytes += chunk.length
  })
  const { chunks } = await send(bodyOf(incoming, 0))
  expect(Buffer.concat(chunks).length).toBe(whole)
  expect(Buffer.concat(seen).equals(Buffer.alloc(bytes, 'x'))).toBe(true)
})

test('of a request that nobody has sent nothing is freed', async () => {
  const made = new IncomingMessage(new Socket())
  const body = bodyOf(made, 0)
  made.push(Buffer.alloc(whole, 'x'))
  made.push(null)
  const { chunks } = await send(body)
  expect(Buffer.concat(chunks).length).toBe(whole)
})

test('a request that gives strings is left as it is', async () => {
  incoming.setEncoding('latin1')
  const { chunks } = await send(bodyOf(incoming, 0))
  expect(chunks.join('').length).toBe(whole)
})

test('of any other stream nothing is freed: its chunks may be somebody else’s', async () => {
  const source = new PassThrough()
  const body = bodyOf(source, 0)
  source.end(Buffer.alloc(whole, 'x'))
  const { chunks } = await send(body)
  expect(Buffer.concat(chunks).length).toBe(whole)
})
