/** One request on a connection of its own, for tests. */

import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'

export interface Reply {
  readonly status: number
  readonly body: string
}

/** `address` is `host:port`. */
export async function ask(address: string, path: string): Promise<Reply> {
  const response = await open(address, path)
  return { status: response.statusCode ?? 0, body: await text(response) }
}

/** Resolves with the head; the body is still to be read. */
export function open(address: string, path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(`http://${address}${path}`, { agent: false }, resolve).on('error', reject).end()
  })
}
