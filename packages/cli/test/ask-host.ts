/** One HTTP/1.1 request for a host at a port of this machine, in clear text or over TLS, on a connection of its own. */

import { request } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { request as secureRequest } from 'node:https'
import { text } from 'node:stream/consumers'
import { certificate } from './certificate.ts'

export interface Question {
  /** Default POST. */
  readonly method?: string
  /** Default `/v1/chat/completions`. */
  readonly path?: string
  /** Default `inference.example.com`; over TLS the name that is asked for as well. */
  readonly host?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Over TLS only the certificate of these tests is trusted. */
  readonly secure?: boolean
}

export interface HostReply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export async function askHost(port: number, question: Question = {}): Promise<HostReply> {
  const { method = 'POST', path = '/v1/chat/completions', host = 'inference.example.com' } = question
  const headers = { ...question.headers, host }
  const options = { host: '127.0.0.1', port, method, path, headers, agent: false } as const
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const asking = question.secure
    ? secureRequest({ ...options, servername: host, ca: certificate }, resolve)
    : request(options, resolve)
  asking.on('error', reject).end(method === 'POST' ? '{"messages":[]}' : undefined)
  const response = await promise
  return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) }
}
