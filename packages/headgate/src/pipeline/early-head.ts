/** A head of headgate's own while attempts go on: who gets one, what it says, and how an error is told in a stream that has begun. */

import type { DialectName } from '@headgate/dialect'
import type { RequestBody } from '@headgate/proxy'
import type { HeldReply } from './held-reply.ts'

/** A comment, which event stream clients pass over (WHATWG HTML, 9.2.6). */
export const keepAlive: Buffer = Buffer.from(': keep-alive\n\n')

export function earlyHeaders(requestId: string): string[] {
  return ['content-type', 'text/event-stream', 'cache-control', 'no-cache', 'x-request-id', requestId]
}

/** Model APIs ask for a stream with `"stream": true`. Only a body that has come and was kept can be asked. */
export function wantsStream(body: RequestBody): boolean {
  const bytes = body.kept
  if (bytes === undefined) return false
  const value = parse(bytes)
  return value?.['stream'] === true
}

/**
 * An error reply as the event that the caller's API has for it: OpenAI's and Anthropic's errors are the same object in both
 * places. Undefined where it is no such object.
 */
export function errorAsEvent(dialect: DialectName, { status, chunks }: HeldReply): string | undefined {
  const error = status < 400 ? undefined : parse(Buffer.concat(chunks))
  if (error === undefined || typeof error['error'] !== 'object') return undefined
  const name = dialect === 'anthropic-messages' ? 'event: error\n' : ''
  return `\n${name}data: ${JSON.stringify(error)}\n\n`
}

function parse(bytes: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString())
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
