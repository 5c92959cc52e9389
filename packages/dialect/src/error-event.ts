/** A failure as the last event of a stream whose head is out already. It writes nothing and knows no connection. */

import type { DialectName } from './dialect-of.ts'
import { anthropicError, openaiError } from './error-body.ts'
import type { GatewayError } from './errors.ts'

/** The first ends a line that was cut, the second the event it belonged to. After a whole event both say nothing. */
const endOfHalfSentEvent = '\n\n'

/**
 * The event that ends a broken stream visibly. It begins with a blank line that ends a half-sent event, and carries no
 * `[DONE]`: the stream did not end well. The official client libraries throw on it.
 *
 * - chat, completions and other OpenAI paths, unknown ones too: `data: {"error":{...}}`
 * - responses: `event: error` with the fields both flat, as the API reference has them, and nested in `error`, as the API sends
 *   them. `sequence_number` is 0, because the events before it are not counted.
 * - Anthropic messages: `event: error`
 */
export function errorEvent(dialect: DialectName, error: GatewayError): string {
  switch (dialect) {
    case 'anthropic-messages':
      return event('error', anthropicError(error))
    case 'openai-responses': {
      const { code, message, param } = openaiError(error)
      return event('error', { type: 'error', code, message, param, sequence_number: 0, error: openaiError(error) })
    }
    case 'openai-chat':
    case 'openai-completions':
    case 'openai':
    case 'unknown':
      return event(undefined, { error: openaiError(error) })
  }
}

/** JSON has no raw line breaks, so the data is always one line. */
function event(name: string | undefined, data: object): string {
  const head = name === undefined ? '' : `event: ${name}\n`
  return `${endOfHalfSentEvent}${head}data: ${JSON.stringify(data)}\n\n`
}
