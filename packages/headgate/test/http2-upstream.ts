/** An HTTP/2 server in clear text that gives back the body and the trailers of each request. Knows no gateway. */

import { constants, createServer } from 'node:http2'
import type { IncomingHttpHeaders, ServerHttp2Session } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

export interface Http2Upstream {
  readonly url: string
  [Symbol.asyncDispose](): Promise<void>
}

/** `refusals`: how many streams are refused first (RFC 9113 section 8.7). */
export async function startHttp2Upstream(refusals = 0): Promise<Http2Upstream> {
  const server = createServer()
  const sessions = new Set<ServerHttp2Session>()
  let streams = 0
  server.on('session', (session) => sessions.add(session))
  server.on('stream', (stream) => {
    let trailers: IncomingHttpHeaders = {}
    stream.on('trailers', (received) => (trailers = received))
    stream.on('error', () => {})
    if (++streams <= refusals) return stream.close(constants.NGHTTP2_REFUSED_STREAM)
    void buffer(stream).then((body) => {
      stream.respond({ ':status': 200 }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers(trailers))
      stream.end(body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
