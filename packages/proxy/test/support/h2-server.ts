// An HTTP/2 server over node:http2, in clear text or over TLS: each stream is scripted by the test, and how it ended is noted.

import {
  createSecureServer,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type ServerOptions,
} from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { testCertificate, testKey } from './certificate.ts'

export interface SeenStream {
  readonly stream: ServerHttp2Stream
  readonly headers: IncomingHttpHeaders
  /** Flat, as received. */
  readonly raw: readonly string[]
  body: string
  /** The request came to its end. */
  ended: boolean
  trailers: readonly string[] | undefined
  /** Code of the RST_STREAM, 0 for none; undefined while the stream is open. */
  closed: number | undefined
}

export interface H2Server {
  readonly url: string
  readonly streams: SeenStream[]
  readonly sessions: ServerHttp2Session[]
  /** Of the sessions, in the order of their connections. */
  readonly sockets: Socket[]
  /** Codes of the GOAWAYs that clients sent. */
  readonly goaways: number[]
  close(): Promise<void>
}

export async function h2Server(
  onStream: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, number: number, seen: SeenStream) => void,
  options: ServerOptions & { readonly secure?: boolean } = {},
): Promise<H2Server> {
  const { secure = false, ...settings } = options
  const server: Http2Server = secure
    ? createSecureServer({ ...settings, key: testKey, cert: testCertificate })
    : createServer(settings)
  const streams: SeenStream[] = []
  const sessions: ServerHttp2Session[] = []
  const sockets: Socket[] = []
  const goaways: number[] = []
  server.on('connection', (socket: Socket) => sockets.push(socket))
  server.on('session', (session) => {
    sessions.push(session)
    session.on('error', () => {})
    session.on('goaway', (code) => goaways.push(code))
  })
  server.on('stream', (stream, headers, _flags, raw: unknown) => {
    const seen = watched(stream, headers, listOf(raw))
    streams.push(seen)
    onStream(stream, headers, streams.length - 1, seen)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `${secure ? 'https' : 'http'}://127.0.0.1:${port}`,
    streams,
    sessions,
    sockets,
    goaways,
    async close() {
      for (const session of sessions) session.destroy()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
    },
  }
}

function watched(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, raw: readonly string[]): SeenStream {
  const seen: SeenStream = { stream, headers, raw, body: '', ended: false, trailers: undefined, closed: undefined }
  stream.on('error', () => {})
  stream.on('data', (chunk: Buffer) => {
    seen.body += chunk.toString('latin1')
  })
  stream.on('trailers', (_trailers, _flags, list: unknown) => {
    seen.trailers = listOf(list)
  })
  stream.on('end', () => {
    // Node also ends what was reset.
    seen.ended = whole(stream)
  })
  stream.on('close', () => {
    seen.closed = stream.rstCode
  })
  return seen
}

function listOf(raw: unknown): readonly string[] {
  return Array.isArray(raw) ? raw : []
}

function whole(stream: ServerHttp2Stream): boolean {
  return !stream.aborted && !stream.destroyed
}

/** Answers every stream with 200 and `ok`, once its request has come to its end. */
export function answeringH2(options: ServerOptions & { readonly secure?: boolean } = {}): Promise<H2Server> {
  return h2Server((stream) => {
    stream.on('end', () => {
      if (!whole(stream)) return
      stream.respond({ ':status': 200, 'content-type': 'text/plain' })
      stream.end('ok')
    })
  }, options)
}
