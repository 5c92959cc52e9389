import { connect, createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { PassThrough, Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { BodyBudget } from './body-budget.ts'
import type { GatherProblem } from './body-gathering.ts'
import { RequestBody } from './body.ts'

function reading(body: RequestBody): Readable {
  const opened = body.open()
  if (!(opened instanceof Readable)) throw new TypeError('expected a stream')
  return opened
}

function bytesOf(body: RequestBody): string {
  const opened = body.open()
  if (!Buffer.isBuffer(opened)) throw new TypeError('expected a buffer')
  return opened.toString()
}

async function textOf(stream: Readable): Promise<string> {
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return text
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

async function next(stream: Readable): Promise<string> {
  return new Promise((resolve) => {
    stream.once('data', (chunk: Buffer) => {
      stream.pause()
      resolve(chunk.toString())
    })
  })
}

test('a body that is none opens as none and can be repeated', () => {
  const body = RequestBody.none()
  expect([body.open(), body.open(), body.replayable, body.complete]).toEqual([null, null, true, true])
})

test('bytes open as they are until they are released', () => {
  const bytes = Buffer.from('abc')
  const body = RequestBody.bytes(bytes)
  expect(body.open()).toBe(bytes)
  expect([body.replayable, body.bytesRead]).toEqual([true, 3])
  body.release()
  expect(body.replayable).toBe(false)
  expect(() => body.open()).toThrow('cannot be sent again')
})

test('bytes that are released before the first try are sent once', () => {
  const body = RequestBody.bytes(Buffer.from('abc'))
  body.release()
  expect(bytesOf(body)).toBe('abc')
  expect(body.replayable).toBe(false)
})

test('nothing is read before the first try', async () => {
  const source = new PassThrough()
  source.write('abc')
  const body = RequestBody.stream(source, undefined, 10, new BodyBudget(10))
  await turn()
  expect(body.bytesRead).toBe(0)
  expect(await next(reading(body))).toBe('abc')
})

test('a small body of known length is gathered into one buffer and charged until it is released', async () => {
  const source = new PassThrough()
  const budget = new BodyBudget(100)
  const body = RequestBody.stream(source, 6, 10, budget)
  const error = new Promise<GatherProblem | undefined>((resolve) => {
    body.prepare(resolve)
  })
  source.write('abc')
  await turn()
  source.write('def')
  expect(await error).toBeUndefined()
  expect(bytesOf(body)).toBe('abcdef')
  expect([budget.used, body.complete, body.replayable]).toEqual([6, true, true])
  body.release()
  expect([budget.used, body.replayable]).toEqual([0, false])
})

test('a small body that may not be kept is gathered for one try', async () => {
  const budget = new BodyBudget(100)
  const body = RequestBody.stream(Readable.from([Buffer.from('abc')]), 3, 0, budget)
  await new Promise((resolve) => {
    body.prepare(resolve)
  })
  expect(budget.used).toBe(0)
  expect(bytesOf(body)).toBe('abc')
  expect(body.replayable).toBe(false)
})

test.for([
  ['of unknown length', undefined, 100],
  ['that is large', 20_000, 100],
  ['when the budget is spent', 50, 10],
] as const)('a body %s is not gathered, and the answer comes at once', ([, length, budgetBytes]) => {
  const body = RequestBody.stream(new PassThrough(), length, 100, new BodyBudget(budgetBytes))
  let called = false
  body.prepare(() => {
    called = true
  })
  expect(called).toBe(true)
  expect(body.open()).toBeInstanceOf(Readable)
})

test('a body of length 0 is none', () => {
  expect(RequestBody.stream(new PassThrough(), 0, 10, new BodyBudget(10)).open()).toBeNull()
})

test.for([
  ['ends too early', (source: PassThrough) => source.end('ab')],
  ['is too long', (source: PassThrough) => source.write('abcdef')],
  ['is closed', (source: PassThrough) => source.destroy()],
  ['fails', (source: PassThrough) => source.destroy(new Error('reset'))],
] as const)('prepare tells when the upload %s, and the budget has its bytes back', async ([, act]) => {
  const source = new PassThrough()
  const budget = new BodyBudget(100)
  const body = RequestBody.stream(source, 4, 100, budget)
  const problem = new Promise<GatherProblem | undefined>((resolve) => {
    body.prepare(resolve)
  })
  act(source)
  expect(await problem).toBe('failed')
  expect([budget.used, body.replayable]).toEqual([0, false])
  await expect(textOf(reading(body))).rejects.toBeInstanceOf(Error)
})

describe('a body that is wanted whole', () => {
  function gathering(length: number | undefined, keepTotal = 100) {
    const source = new PassThrough()
    const budget = new BodyBudget(keepTotal)
    const body = RequestBody.stream(source, length, 1, budget)
    const problem = new Promise<GatherProblem | undefined>((resolve) => {
      body.prepare(resolve, 10)
    })
    return { source, budget, body, problem }
  }

  test.for([undefined, 6])(
    'of announced length %s comes as one buffer, also above what is kept otherwise',
    async (length) => {
      const { source, body, problem, budget } = gathering(length)
      source.write('abc')
      source.end('def')
      expect(await problem).toBeUndefined()
      expect([body.open(), body.kept, body.replayable]).toEqual([Buffer.from('abcdef'), Buffer.from('abcdef'), true])
      expect(budget.used).toBe(6)
      body.release()
      expect([budget.used, body.kept]).toEqual([0, undefined])
    },
  )

  test('that is announced to be too large is not read', async () => {
    const { source, problem } = gathering(11)
    expect(await problem).toBe('too-large')
    expect(source.readableFlowing).toBe(false)
  })

  test('that turns out to be too large gives its bytes back', async () => {
    const { source, problem, budget } = gathering(undefined)
    source.write('abcdefgh')
    source.write('ijk')
    expect([await problem, budget.used]).toEqual(['too-large', 0])
  })

  test.for([undefined, 6])('of announced length %s finds no room in the process', async (length) => {
    const { source, problem, budget } = gathering(length, 5)
    source.write('abc')
    source.write('def')
    expect([await problem, budget.used]).toEqual(['no-room', 0])
  })
})

test('what was read is replayed and then goes on live', async () => {
  const source = new PassThrough()
  const body = RequestBody.stream(source, undefined, 100, new BodyBudget(100))
  source.write('abc')
  const first = reading(body)
  expect(await next(first)).toBe('abc')
  first.destroy()
  await turn()
  source.write('def')
  const second = reading(body)
  const text = textOf(second)
  await turn()
  source.end('ghi')
  expect(await text).toBe('abcdefghi')
  expect([body.bytesRead, body.complete, body.replayable]).toEqual([9, true, true])
  expect(await textOf(reading(body))).toBe('abcdefghi')
})

test('a reader that an earlier try left open is closed', async () => {
  const body = RequestBody.stream(new PassThrough(), undefined, 100, new BodyBudget(100))
  const first = reading(body)
  const second = reading(body)
  expect([first.destroyed, second.destroyed]).toEqual([true, false])
})

test('above the bound of the request nothing is kept, and it cannot be repeated', async () => {
  const budget = new BodyBudget(100)
  const body = RequestBody.stream(Readable.from([Buffer.from('abc'), Buffer.from('def')]), undefined, 5, budget)
  expect(await textOf(reading(body))).toBe('abcdef')
  expect([budget.used, body.replayable]).toEqual([0, false])
  expect(() => body.open()).toThrow('cannot be sent again')
})

test('above the budget of the process nothing is kept', async () => {
  const budget = new BodyBudget(5)
  const first = RequestBody.stream(Readable.from([Buffer.from('abc')]), undefined, 100, budget)
  expect(await textOf(reading(first))).toBe('abc')
  const second = RequestBody.stream(Readable.from([Buffer.from('def')]), undefined, 100, budget)
  expect(await textOf(reading(second))).toBe('def')
  expect([budget.used, first.replayable, second.replayable]).toEqual([3, true, false])
  first.release()
  expect(budget.used).toBe(0)
})

test('a body that is known to be too long is not kept from the start', async () => {
  const budget = new BodyBudget(1_000_000)
  const source = new PassThrough()
  const body = RequestBody.stream(source, 20_000, 10_000, budget)
  source.write('a')
  expect(await next(reading(body))).toBe('a')
  expect([budget.used, body.replayable]).toEqual([0, false])
})

test('a release before the first try streams, once', async () => {
  const budget = new BodyBudget(100)
  const body = RequestBody.stream(Readable.from([Buffer.from('abc')]), undefined, 100, budget)
  body.release()
  body.release()
  expect(body.replayable).toBe(true)
  expect(await textOf(reading(body))).toBe('abc')
  expect([budget.used, body.replayable]).toEqual([0, false])
})

test('a release in the middle of a replay loses no byte', async () => {
  const source = new PassThrough()
  const budget = new BodyBudget(1_000_000)
  const body = RequestBody.stream(source, undefined, 1_000_000, budget)
  const parts = Array.from({ length: 8 }, (_, index) => String(index).repeat(10_000))
  const first = reading(body)
  let seen = 0
  first.on('data', (chunk: Buffer) => {
    seen += chunk.length
  })
  for (const part of parts) source.write(part)
  while (seen < 80_000) await turn()
  first.destroy()
  const second = reading(body)
  expect((await next(second)).startsWith('0')).toBe(true)
  body.release()
  expect(budget.used).toBe(0)
  source.end('tail')
  expect(await textOf(second)).toBe(`${parts.slice(1).join('')}tail`)
})

test('when the caller leaves, the reader fails and the copy is dropped', async () => {
  const budget = new BodyBudget(100)
  const source = new PassThrough()
  const body = RequestBody.stream(source, undefined, 100, budget)
  source.write('abc')
  const reader = reading(body)
  await next(reader)
  const failed = new Promise((resolve) => {
    reader.once('error', resolve)
  })
  body.destroy(new Error('gone'))
  expect(await failed).toEqual(new Error('gone'))
  expect([budget.used, body.replayable]).toEqual([0, false])
})

test('bytes whose caller left give a stream that fails', async () => {
  const body = RequestBody.bytes(Buffer.from('abc'))
  body.destroy(new Error('gone'))
  await expect(textOf(reading(body))).rejects.toEqual(new Error('gone'))
})

test('a caller that closes after the end changes nothing', async () => {
  const source = new PassThrough()
  const body = RequestBody.stream(source, undefined, 100, new BodyBudget(100))
  source.end('abc')
  expect(await textOf(reading(body))).toBe('abc')
  source.destroy(new Error('late'))
  await turn()
  expect(body.replayable).toBe(true)
})

test('the source stands still while nobody reads', async () => {
  const source = new PassThrough()
  const body = RequestBody.stream(source, undefined, 1_000_000, new BodyBudget(1_000_000))
  const reader = reading(body)
  source.write('abc')
  await next(reader)
  reader.destroy()
  await turn()
  source.write('def')
  await turn()
  expect(body.bytesRead).toBe(3)
  expect(source.isPaused()).toBe(true)
})

test('a budget refuses what is no number of bytes', () => {
  expect(() => new BodyBudget(-1)).toThrow(RangeError)
})

test('destroy gives the budget its bytes back, also when the body had come to its end', async () => {
  const budget = new BodyBudget(100)
  const source = new PassThrough()
  const body = RequestBody.stream(source, 3, 100, budget)
  const gathered = new Promise((resolve) => body.prepare(resolve))
  source.end('abc')
  expect(await gathered).toBeUndefined()
  expect([bytesOf(body), budget.used]).toEqual(['abc', 3])
  body.destroy()
  expect([budget.used, body.replayable]).toEqual([0, false])
})

test('a body awaits its caller while the attempt has room and nothing comes', async () => {
  const source = new PassThrough()
  const body = RequestBody.stream(source, undefined, 0, new BodyBudget(0))
  expect(body.awaitsCaller).toBe(false)
  const reader = reading(body)
  const first = next(reader)
  await turn()
  expect(body.awaitsCaller).toBe(true)
  source.write('abc')
  expect(await first).toBe('abc')
  // Nobody takes what comes now.
  source.write(Buffer.alloc(100_000))
  await turn()
  expect(body.awaitsCaller).toBe(false)
  body.destroy()
})

test.for([
  ['with an error', new Error('caller broke')],
  ['without one', undefined],
] as const)('the body of an HTTP/2 request that was reset %s is broken, although Node ends it', async ([, reason]) => {
  const seen: RequestBody[] = []
  const server = createServer((request) => {
    seen.push(RequestBody.stream(request, undefined, 0, new BodyBudget(0)))
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const call = session.request({ ':method': 'POST' })
  call.on('error', () => {})
  call.write('half')
  while (seen.length === 0) await turn()
  const reader = reading(seen[0]!)
  const broken = new Promise<Error>((resolve) => {
    reader.on('error', resolve)
  })
  let text = ''
  reader.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  while (text === '') await turn()
  call.destroy(reason)
  await broken
  expect([text, seen[0]!.complete, reader.readableEnded]).toEqual(['half', false, false])
  session.destroy()
  await new Promise<void>((resolve) => {
    server.close(() => resolve())
  })
})

test.for(['request', 'stream'] as const)(
  'the trailers of an HTTP/2 %s are there at its end, without those that must not go on',
  async (kind) => {
    const seen: RequestBody[] = []
    const server = createServer()
    if (kind === 'request') server.on('request', (request) => seen.push(live(request)))
    else server.on('stream', (stream) => seen.push(live(stream)))
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const call = session.request({ ':method': 'POST' }, { waitForTrailers: true })
    call.on('error', () => {})
    call.on('wantTrailers', () => call.sendTrailers({ 'x-sum': ['1', '2'], authorization: 'x' }))
    call.end('abc')
    while (seen.length === 0) await turn()
    expect(seen[0]!.trailers).toBeUndefined()
    expect(await textOf(reading(seen[0]!))).toBe('abc')
    expect(seen[0]!.trailers).toEqual(['x-sum', '1', 'x-sum', '2'])
    session.destroy()
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
    })
  },
)

function live(source: Readable): RequestBody {
  return RequestBody.stream(source, undefined, 0, new BodyBudget(0))
}
