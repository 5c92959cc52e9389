/** Events of Anthropic's messages API. */

import { classifyEvent } from './classify-event.ts'
import type { EventVerdict } from './classify-event.ts'
import { isBlank, isBlankBut, isObject, textOf } from './json.ts'
import type { JsonObject } from './json.ts'
import { emptyStream } from './stream-failure.ts'

const names: ReadonlySet<string> = new Set([
  'message',
  'message_start',
  'message_delta',
  'message_stop',
  'content_block_start',
  'content_block_delta',
  'content_block_stop',
])

const isKnown = (event: string): boolean => names.has(event)

/**
 * Commits at the first delta that is not empty (text, thinking, signature, tool input, citations), at the start of any block that
 * is not empty text or thinking, at a `message_delta` with a `stop_reason`, and at every event that is not known. Holds pings,
 * `message_start`, empty blocks and usage. `error` is a failure, and so is a `message_stop` before all of this.
 */
export function classifyMessages(event: string | undefined, data: string): EventVerdict {
  return classifyEvent(event, data, isKnown, judge)
}

function judge(object: JsonObject, event: string | undefined): EventVerdict {
  switch (textOf(object['type']) ?? event) {
    case 'message_start': {
      const message = object['message']
      return isObject(message) && !(isBlank(message['content']) && isBlank(message['stop_reason'])) ? 'commit' : 'hold'
    }
    case 'content_block_start': {
      const block = object['content_block']
      if (!isObject(block) || (block['type'] !== 'text' && block['type'] !== 'thinking')) return 'commit'
      return isBlankBut(block, 'type') ? 'hold' : 'commit'
    }
    case 'content_block_delta': {
      const delta = object['delta']
      return isObject(delta) && isBlankBut(delta, 'type') ? 'hold' : 'commit'
    }
    case 'content_block_stop':
      return 'hold'
    case 'message_delta': {
      const delta = object['delta']
      return isObject(delta) && !isBlank(delta['stop_reason']) ? 'commit' : 'hold'
    }
    case 'message_stop':
      return emptyStream
    default:
      return 'commit'
  }
}
