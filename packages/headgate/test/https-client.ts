/** One HTTP/1.1 request over TLS on a connection of its own, with the certificate that was shown. Knows no gateway. */

import { request } from 'node:https'
import type { TLSSocket } from 'node:tls'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'

export interface SecureQuestion {
  readonly port: number
  /** The SNI name; empty text sends none. */
  readonly servername: string
  /** Default `servername`. */
  readonly host?: string
  readonly path?: string
  /** The only authority that is trusted. Left out: any certificate will do. */
  readonly ca?: string
}

export interface SecureAnswer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly text: string
  /** PEM of the certificate that was shown. */
  readonly certificate: string
  /** `http/1.1`, or false where nothing was agreed. */
  readonly protocol: string | false | null
}

/** Rejects when the certificate is not trusted or not for `servername`. */
export function askHttps({ port, servername, host, path = '/', ca }: SecureQuestion): Promise<SecureAnswer> {
  const trust = ca === undefined ? { rejectUnauthorized: false } : { ca }
  const headers = { host: host ?? servername }
  const { promise, resolve, reject } = Promise.withResolvers<SecureAnswer>()
  const asking = request({ host: '127.0.0.1', port, servername, path, headers, agent: false, ...trust })
  asking.once('error', reject)
  asking.once('response', (reply) => {
    const socket = reply.socket as TLSSocket
    const certificate = socket.getPeerX509Certificate()?.toString() ?? ''
    const { alpnProtocol: protocol } = socket
    text(reply).then(
      (body) => resolve({ status: reply.statusCode ?? 0, headers: reply.headers, text: body, certificate, protocol }),
      reject,
    )
  })
  asking.end()
  return promise
}
