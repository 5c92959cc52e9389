/** From node:http to fetch and back, as small as it can be. Knows no gateway. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import { pipeline } from 'node:stream/promises'

/** The request as fetch knows it; its signal aborts when the caller leaves. */
export function requestOf(incoming: IncomingMessage, outgoing: ServerResponse): Request {
  const headers = new Headers()
  for (let at = 0; at < incoming.rawHeaders.length; at += 2) {
    headers.append(incoming.rawHeaders[at] as string, incoming.rawHeaders[at + 1] as string)
  }
  const left = new AbortController()
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) left.abort()
  })
  const method = incoming.method ?? 'GET'
  const body = method === 'GET' || method === 'HEAD' ? null : (Readable.toWeb(incoming) as ReadableStream<Uint8Array>)
  return new Request(`http://${incoming.headers.host}${incoming.url}`, {
    method,
    headers,
    body,
    duplex: 'half',
    signal: left.signal,
  })
}

/** Sends a response; one that breaks destroys the connection. */
export async function answer(response: Response, outgoing: ServerResponse): Promise<void> {
  const fields = [...response.headers].flatMap(([name, value]) => (name === 'set-cookie' ? [] : [name, value]))
  for (const cookie of response.headers.getSetCookie()) fields.push('set-cookie', cookie)
  outgoing.writeHead(response.status, response.statusText, fields)
  if (response.body === null) {
    outgoing.end()
    return
  }
  outgoing.flushHeaders()
  const body = Readable.fromWeb(response.body as NodeReadableStream<Uint8Array>)
  await pipeline(body, outgoing).catch(() => outgoing.destroy())
}
