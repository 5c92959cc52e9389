/** Which events of a stream say something? One table for each API. It knows no bytes. */

import type { DialectName } from './dialect-of.ts'
import { classifyChat } from './classify-chat.ts'
import { classifyMessages } from './classify-messages.ts'
import { classifyResponses } from './classify-responses.ts'
import type { StreamFailure } from './stream-failure.ts'

/**
 * Judges one event, by its name (undefined where it has none) and its data: `hold` when it says nothing to the reader yet,
 * `commit` when it does or is not known, a failure when it says that the stream failed. It is called for every event until the
 * first that is not held, and never again. What it throws counts as `commit`.
 */
export type StreamClassifier = (event: string | undefined, data: string) => 'hold' | 'commit' | StreamFailure

/** The classifier of a dialect. Undefined for `openai` and `unknown`, whose streams have no format that is known. */
export function streamClassifier(dialect: DialectName): StreamClassifier | undefined {
  switch (dialect) {
    case 'openai-chat':
    case 'openai-completions':
      return classifyChat
    case 'openai-responses':
      return classifyResponses
    case 'anthropic-messages':
      return classifyMessages
    case 'openai':
    case 'unknown':
      return undefined
  }
}
