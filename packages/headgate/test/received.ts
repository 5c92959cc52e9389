/** One request whose reply is counted byte by byte, also where it breaks off: fetch loses what it has not handed out by then. */

import { request } from 'node:http'
import type { Agent } from 'node:http'

/** Resolves with the bytes of the body that came, however the reply ended. */
export function receivedBytes(
  url: string,
  {
    method,
    headers,
    body,
    agent,
  }: {
    readonly method: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
    readonly agent: Agent
  },
): Promise<number> {
  return new Promise((resolve) => {
    let bytes = 0
    const asked = request(url, { method, headers, agent })
    asked.on('response', (reply) => {
      reply.on('data', (chunk: Buffer) => (bytes += chunk.length))
      reply.on('error', () => {})
      reply.on('close', () => resolve(bytes))
    })
    asked.on('error', () => resolve(bytes))
    asked.end(body)
  })
}
