/** A backend that does with each delivery what its request asks for, and counts them. */
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { bodyOf, faultAt, kindOf } from './orders.ts'
import type { Fault } from './orders.ts'

/** What reached backends, by the id of the request, until it is forgotten. */
export interface Books {
  readonly deliveries: Map<string, number>
  /** Those beside them that came on a connection which an earlier reply had spoilt: they got no reply. */
  readonly onSpoilt: Map<string, number>
}

export interface Backend {
  readonly url: string
  readonly books: Books
  /** What must not have happened. */
  readonly problems: string[]
  close(): Promise<void>
}

export async function startBackend(books: Books = { deliveries: new Map(), onSpoilt: new Map() }): Promise<Backend> {
  const problems: string[] = []
  const server = createServer({ keepAliveTimeout: 30_000, requestTimeout: 0 }, (request, response) => {
    serve(request, response, books, problems)
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // A caller that left is cut; anything else is a request that should never have come here.
    if (error.code?.startsWith('HPE_') === true && error.code !== 'HPE_INVALID_EOF_STATE') problems.push(error.message)
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    books,
    problems,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

function serve(
  request: IncomingMessage,
  response: ServerResponse,
  { deliveries, onSpoilt }: Books,
  problems: string[],
): void {
  const field = (name: string): string => String(request.headers[name] ?? '')
  const id = field('x-id')
  request.on('error', () => {})
  response.on('error', () => {})
  // node:http still waits for the end of what was written past it.
  if (response.socket === null) {
    onSpoilt.set(id, (onSpoilt.get(id) ?? 0) + 1)
    request.resume()
    return
  }
  const delivery = deliveries.get(id) ?? 0
  deliveries.set(id, delivery + 1)
  const fault = faultAt({ faults: field('x-faults').split(',') as Fault[] }, delivery)
  const body = bodyOf(id, Number(field('x-reply')))
  if (fault === 'early') return reply(fault, response, body)
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    if (!Buffer.concat(chunks).equals(bodyOf(id, Number(field('x-upload'))))) problems.push(`${id}: another upload`)
    reply(fault, response, body)
  })
}

const head = 'HTTP/1.1 200 OK\r\n'
const chunked = `${head}transfer-encoding: chunked\r\n\r\n`

function chunk(bytes: Buffer): Buffer {
  return bytes.length === 0
    ? bytes
    : Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
}

/** Bytes that node:http would not write, and how the connection ends. */
const raw: Readonly<
  Partial<Record<Fault, (body: Buffer) => readonly [bytes: (string | Buffer)[], end: 'fin' | 'reset' | 'open']>>
> = {
  untilClose: (body) => [[`${head}connection: close\r\n\r\n`, body], 'fin'],
  interim: (body) => [
    ['HTTP/1.1 103 Early Hints\r\n\r\n', `${head}content-length: ${body.length}\r\n\r\n`, body],
    'fin',
  ],
  surplus: (body) => [[`${head}content-length: ${body.length}\r\n\r\n`, body, 'surplus'], 'open'],
  second: (body) => [
    [`${head}content-length: ${body.length}\r\n\r\n`, body, `${head}content-length: 5\r\n\r\nstray`],
    'open',
  ],
  resetBefore: () => [[], 'reset'],
  closeBefore: () => [[], 'fin'],
  garbage: () => [['SSH-2.0-OpenSSH_9.6\r\n'], 'open'],
  hugeHead: () => [[`${head}x-a: ${'a'.repeat(40_000)}\r\n\r\n`], 'open'],
  badLength: (body) => [[`${head}content-length: +${body.length}\r\n\r\n`, body], 'open'],
  silent: () => [[], 'open'],
  unasked101: () => [
    ['HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\nraw'],
    'open',
  ],
  resetInBody: (body) => [[`${head}content-length: ${body.length + 10}\r\n\r\n`, body], 'reset'],
  shortLength: (body) => [[`${head}content-length: ${body.length + 10}\r\n\r\n`, body], 'fin'],
  cutChunked: (body) => [[chunked, `${(body.length + 10).toString(16)}\r\n`, body], 'fin'],
  lastChunkMissing: (body) => [[chunked, chunk(body)], 'fin'],
  badChunk: (body) => [[chunked, chunk(body), 'no size\r\n'], 'open'],
  resetUntilClose: (body) => [[`${head}connection: close\r\n\r\n`, body], 'reset'],
}

function reply(fault: Fault, response: ServerResponse, body: Buffer): void {
  const { socket } = response
  if (socket === null || socket.destroyed) return
  const script = raw[fault]?.(body)
  if (script !== undefined) return writeRaw(socket, ...script)
  if (kindOf(fault) === 'status') {
    response.writeHead(fault === 'status503' ? 503 : 429, { 'content-length': body.length }).end(body)
  } else if (fault === 'events') {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (let at = 0; at < body.length; at += 200) response.write(body.subarray(at, at + 200))
    response.end()
  } else if (fault === 'chunked') {
    response.writeHead(200)
    response.write(body.subarray(0, body.length / 2))
    setImmediate(() => response.end(body.subarray(body.length / 2)))
  } else {
    response.writeHead(200, { 'content-length': body.length }).end(body)
  }
}

function writeRaw(socket: Socket, bytes: readonly (string | Buffer)[], end: 'fin' | 'reset' | 'open'): void {
  socket.write(Buffer.concat(bytes.map((piece) => Buffer.from(piece))), () => {
    if (end === 'fin') socket.end()
    else if (end === 'reset') socket.resetAndDestroy()
  })
}
