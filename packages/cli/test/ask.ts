/** One request on a connection of its own, for tests. */

import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'

export interface Reply {
  readonly status: number
  readonly body: string
}

type Headers = Readonly<Record<string, string>>

/** `address` is `host:port`. */
export async function ask(address: string, path: string, headers: Headers = {}): Promise<Reply> {
  const response = await open(address, path, headers)
  return { status: response.statusCode ?? 0, body: await text(response) }
}

/** Resolves with the head; the body is still to be read. */
export function open(address: string, path: string, headers: Headers = {}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(`http://${address}${path}`, { agent: false, headers }, resolve).on('error', reject).end()
  })
}
