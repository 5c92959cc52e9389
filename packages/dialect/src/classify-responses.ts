/** Events of OpenAI's responses API. */

import { classifyEvent } from './classify-event.ts'
import type { EventVerdict } from './classify-event.ts'
import { isBlank, isBlankBut, isObject, textOf } from './json.ts'
import type { JsonObject } from './json.ts'
import { errorEventFailure } from './stream-failure.ts'

const isKnown = (event: string): boolean => event === 'message' || event.startsWith('response.')

/**
 * Commits at the first delta that is not empty, at an item that is a call or has content, at `response.completed` and
 * `response.incomplete`, and at every event that is not known. Holds `response.created`, `.queued` and `.in_progress`, and items
 * and parts that are still empty. `response.failed` and `error` are failures.
 */
export function classifyResponses(event: string | undefined, data: string): EventVerdict {
  return classifyEvent(event, data, isKnown, judge)
}

function judge(object: JsonObject, event: string | undefined): EventVerdict {
  const type = textOf(object['type']) ?? event ?? ''
  switch (type) {
    case 'response.created':
    case 'response.queued':
    case 'response.in_progress':
    case 'response.completed':
    case 'response.incomplete':
    case 'response.failed':
      return judgeResponse(type, object)
    case 'response.output_item.added':
    case 'response.output_item.done':
      return isItemBlank(object['item']) ? 'hold' : 'commit'
    case 'response.content_part.added':
    case 'response.content_part.done':
    case 'response.reasoning_part.added':
    case 'response.reasoning_part.done':
    case 'response.reasoning_summary_part.added':
    case 'response.reasoning_summary_part.done':
      return isPartBlank(object['part']) ? 'hold' : 'commit'
    default:
      return type.endsWith('.delta') && object['delta'] === '' ? 'hold' : 'commit'
  }
}

/** Events that carry the response itself; servers were seen that say `completed` of one that failed. */
function judgeResponse(type: string, object: JsonObject): EventVerdict {
  const response = object['response']
  const failed = isObject(response) && (Boolean(response['error']) || response['status'] === 'failed')
  if (failed || type === 'response.failed') return errorEventFailure(object)
  return type === 'response.completed' || type === 'response.incomplete' ? 'commit' : 'hold'
}

/** A message or a reasoning without anything in it. Other items are calls, and begin by being there. */
function isItemBlank(item: unknown): boolean {
  if (!isObject(item)) return false
  const { type, content, summary, encrypted_content: encrypted } = item
  if (type !== 'message' && type !== 'reasoning') return false
  return arePartsBlank(content) && arePartsBlank(summary) && isBlank(encrypted)
}

function arePartsBlank(parts: unknown): boolean {
  return Array.isArray(parts) ? parts.every(isPartBlank) : isBlank(parts)
}

function isPartBlank(part: unknown): boolean {
  return isObject(part) && isBlankBut(part, 'type')
}
