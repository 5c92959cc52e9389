/** Callers that leave, by how they are connected and how they leave. */

import { connectRaw } from '@headgate/testing'
import type { Gateway, GatewayConfigInput } from 'headgate'
import { codes, connectHttp2 } from './http2-client.ts'
import { chat, serve } from './serve.ts'
import { http, openSockets } from './sockets.ts'
import type { Reports } from './reports.ts'

/** One request of a caller. */
export interface Departing {
  /** More of the body of a request that was begun with an upload. */
  upload(text: string): void
  /** Resolves when this text of the reply is there. */
  until(text: string): Promise<unknown>
  leave(): void
}

export interface Callers extends Reports {
  readonly gate: Gateway
  /** A POST. Without `length` it has a short body, sent whole; with it the head alone is sent. */
  post(length?: number): Promise<Departing>
  [Symbol.asyncDispose](): Promise<void>
}

type Config = Omit<GatewayConfigInput, 'version'>

/** How callers are connected, and how they leave. */
export const callers: Readonly<Record<string, (config: Config) => Promise<Callers>>> = {
  'node mount, end of the connection': (config) => http1(serve(config), 'fin'),
  'node mount, reset': (config) => http1(serve(config), 'abort'),
  'listen, end of the connection': (config) => http1(listening(config), 'fin'),
  'listen, reset': (config) => http1(listening(config), 'abort'),
  'listen, HTTP/2 stream reset': http2,
}

const body = '{"model":"m","messages":[]}'

async function listening(config: Config): ReturnType<typeof serve> {
  const sockets = await openSockets({ ...config, listeners: [http('main')] })
  return { ...sockets, url: sockets.url('main') }
}

async function http1(opened: ReturnType<typeof serve>, how: 'fin' | 'abort'): Promise<Callers> {
  const served = await opened
  return {
    ...served,
    async post(length) {
      const client = await connectRaw(served.url)
      const head = `POST ${chat} HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\n`
      const sent = `content-length: ${length ?? body.length}\r\n\r\n${length === undefined ? body : ''}`
      void client.write(head + sent)
      return {
        upload: (text) => void client.write(text),
        until: async (text) => (await client.reply('POST')).until(text),
        leave: () => client[how](),
      }
    },
  }
}

async function http2(config: Config): Promise<Callers> {
  const sockets = await openSockets({ ...config, listeners: [http('main')] })
  const client = await connectHttp2(sockets.url('main'))
  return {
    ...sockets,
    async post(length) {
      const fields = { ':authority': 'h', ':path': chat, ':method': 'POST', 'content-type': 'application/json' }
      const call = client.open(length === undefined ? fields : { ...fields, 'content-length': String(length) })
      if (length === undefined) call.stream.end(body)
      return {
        upload: (text) => void call.stream.write(text),
        until: (text) => call.until(text),
        leave: () => call.stream.close(codes.cancel),
      }
    },
    async [Symbol.asyncDispose]() {
      client.session.destroy()
      await sockets[Symbol.asyncDispose]()
    },
  }
}
