import { Agent, request, type IncomingMessage } from 'node:http'
import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { connectionOptions, isHopByHop } from '../src/field-names.ts'
import { nearlyReply, replyParts, replyText } from '../src/h1/replies.case.ts'
import { ClockWheel, Endpoint } from '../src/index.ts'
import { cleanReason, passableTrailers } from '../src/reply-headers.ts'
import { run } from './support/collector.ts'
import { rawServer, type RawServer } from './support/raw-server.ts'

const wheel = new ClockWheel()
const cleanups: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** A reply that was taken as whole. */
interface Whole {
  readonly status: number
  readonly reason: string
  readonly fields: readonly string[]
  readonly body: string
  readonly trailers: readonly string[] | undefined
}

interface Readers {
  /** What each of them took of these bytes and the end of the connection; undefined where it is no whole reply. */
  read(reply: string, method: string): Promise<{ ours: Whole | undefined; theirs: Whole | undefined }>
}

async function readers(): Promise<Readers> {
  let bytes = ''
  const server = await rawServer((socket, _received, _connection, chunk) => {
    if (chunk.includes('\r\n\r\n')) socket.end(bytes, 'latin1')
  })
  const endpoint = new Endpoint(server.url, wheel)
  cleanups.push(
    () => server.close(),
    () => endpoint.destroy(),
  )
  return {
    async read(reply, method) {
      bytes = reply
      const [ours, theirs] = await Promise.all([readByUs(endpoint, method), readByNode(server, method)])
      return { ours, theirs }
    },
  }
}

async function readByUs(endpoint: Endpoint, method: string): Promise<Whole | undefined> {
  const { ended, status, statusText, headers, body, trailers } = await run(endpoint, { method })
  return ended ? { status, reason: statusText, fields: headers, body, trailers } : undefined
}

function readByNode({ port }: RawServer, method: string): Promise<Whole | undefined> {
  return new Promise((resolve) => {
    const agent = new Agent({ keepAlive: true })
    const fail = (): void => resolve(undefined)
    const asked = request({ host: '127.0.0.1', port, method, agent }, (reply) => {
      let body = ''
      // An error of the request is then one of what follows the reply.
      asked.off('error', fail).off('close', fail).on('error', noop)
      reply.on('data', (chunk: Buffer) => {
        body += chunk.toString('latin1')
      })
      reply.on('error', fail).on('close', fail)
      reply.on('end', () => resolve(reply.complete ? wholeOf(reply, body) : undefined))
    })
    asked.on('error', fail).on('close', fail).end()
  })
}

/** With the fields that may go on, as we hand them over. */
function wholeOf({ statusCode = 0, statusMessage, rawHeaders, rawTrailers }: IncomingMessage, body: string): Whole {
  const lower = rawHeaders.map((text) => text.toLowerCase())
  const named = new Set(
    rawHeaders.flatMap((value, at) =>
      lower[at - 1] === 'connection' ? [...(connectionOptions(value, undefined) ?? [])] : [],
    ),
  )
  const goes = (name: string): boolean =>
    !isHopByHop(name) && !named.has(name) && !(statusCode === 204 && name === 'content-length')
  return {
    status: statusCode,
    reason: cleanReason(statusMessage),
    fields: rawHeaders.filter((_, at) => goes(lower[at & ~1]!)),
    body,
    trailers: passableTrailers(rawTrailers),
  }
}

test('what is taken as a whole reply is the same whole reply to another reader', async () => {
  const both = await readers()
  let whole = 0
  let stricter = 0
  const property = fc.asyncProperty(nearlyReply, fc.constantFrom('GET', 'GET', 'HEAD'), async (reply, method) => {
    // To Node's reader the tab, which may stand there (RFC 9112, 5), makes it another coding.
    fc.pre(!/chunked[ \t]*\t/i.test(reply))
    const { ours, theirs } = await both.read(reply, method)
    if (ours === undefined) stricter += theirs === undefined ? 0 : 1
    else whole++
    expect(ours ?? theirs).toEqual(theirs)
  })
  await fc.assert(property, { seed: 14, numRuns: 800 })
  expect(whole).toBeGreaterThan(100)
  expect(stricter).toBeGreaterThan(0)
})

test('what is written well is taken alike by both', async () => {
  const both = await readers()
  const property = fc.asyncProperty(replyParts, async (parts) => {
    const { ours, theirs } = await both.read(replyText(parts), 'GET')
    expect(ours).toEqual(theirs)
    expect(ours).toMatchObject({ status: parts.status, body: parts.pieces.join('') })
  })
  await fc.assert(property, { seed: 15, numRuns: 200 })
})

function noop(): void {}

const head = 'HTTP/1.1 200 OK\r\n'
const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n`

test.for([
  [
    'a transfer coding that nobody undoes here',
    `${head}Transfer-Encoding: gzip, chunked\r\n\r\n5\r\ncoded\r\n0\r\n\r\n`,
  ],
  ['a transfer coding that is none', `${head}Transfer-Encoding: identity\r\n\r\nok`],
  ['a control character in the reason', 'HTTP/1.1 200 O\0K\r\nContent-Length: 2\r\n\r\nok'],
  ['an empty line before the reply', `\r\n${head}Content-Length: 2\r\n\r\nok`],
  ['HTTP/2.0 over HTTP/1.1', 'HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok'],
  ['HTTP/0.9', 'HTTP/0.9 200 OK\r\nContent-Length: 2\r\n\r\nok'],
  ['chunked in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['a length of more digits than a number needs', `${head}Content-Length: 0000000000000002\r\n\r\nok`],
  ['a size of more digits than a number needs', `${chunked}0000000000002\r\nok\r\n0\r\n\r\n`],
] as const)('stricter than the other reader on purpose: %s', async ([, reply]) => {
  const { ours, theirs } = await (await readers()).read(reply, 'GET')
  expect(ours).toBeUndefined()
  expect(theirs).toBeDefined()
})
