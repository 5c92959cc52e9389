/** Both ways to speak HTTP/2 with a gateway in tests: in clear text by prior knowledge, and over TLS by ALPN. */

import type { GatewayConfigInput } from 'headgate'
import { one } from './certificates.ts'
import { connectHttp2 } from './http2-client.ts'
import type { Http2Client } from './http2-client.ts'
import { chat, oneRoute } from './serve.ts'
import { http, https, openSockets } from './sockets.ts'
import type { Sockets } from './sockets.ts'

/** The host of every request. */
export const authority = 'one.test'
export const get: Readonly<Record<string, string>> = { ':authority': authority, ':path': '/' }
export const post: Readonly<Record<string, string>> = {
  ':authority': authority,
  ':path': chat,
  ':method': 'POST',
  'content-type': 'application/json',
}

type Rule = Parameters<typeof oneRoute>[1]

export interface Way {
  readonly name: string
  /** What a backend hears of it. */
  readonly scheme: 'http' | 'https'
  /** With the host name that requests have. */
  readonly listener: NonNullable<GatewayConfigInput['listeners']>[number]
  /** One route to one backend, behind this listener. */
  open(url: string, rule?: Rule): Promise<Sockets>
  connect(sockets: Sockets): Promise<Http2Client>
}

const secure = { servername: authority, ca: one.certificate, ALPNProtocols: ['h2'] }

export const ways: readonly Way[] = [
  way('h2c', 'http', http('main', authority)),
  way('h2', 'https', https('main', authority, ['one'])),
]

function way(name: string, scheme: Way['scheme'], listener: Way['listener']): Way {
  return {
    name,
    scheme,
    listener,
    open: (url, rule = {}) => openSockets(oneRoute({ a: url }, rule, { listeners: [listener] })),
    connect: (sockets) => connectHttp2(`${scheme}://127.0.0.1:${sockets.port('main')}`, secure),
  }
}
