/** Events of OpenAI's chat completions and completions, and of the many servers that speak them. */

import { classifyEvent } from './classify-event.ts'
import type { EventVerdict } from './classify-event.ts'
import { isBlankBut, isObject } from './json.ts'
import type { JsonObject } from './json.ts'
import { errorEventFailure } from './stream-failure.ts'

/** An event of this API has no name; the standard's default name is `message`. */
const isKnown = (event: string): boolean => event === 'message'

/**
 * Commits at the first choice with a `finish_reason`, with `text`, or with anything in its delta besides `role`: content,
 * reasoning under each of its names, refusal, tool and function calls, audio, images. Holds choices that say nothing, usage alone,
 * and the filter results of the prompt that Azure sends first. `"finish_reason":"error"` is a failure (OpenRouter).
 */
export function classifyChat(event: string | undefined, data: string): EventVerdict {
  return classifyEvent(event, data, isKnown, judge)
}

function judge(object: JsonObject): EventVerdict {
  const choices = object['choices']
  if (!Array.isArray(choices)) return saysOnlyUsage(object) ? 'hold' : 'commit'
  let verdict: EventVerdict = 'hold'
  for (const choice of choices as readonly unknown[]) {
    if (isObject(choice) && choice['finish_reason'] === 'error') return errorEventFailure('')
    if (!isObject(choice) || !isChoiceBlank(choice)) verdict = 'commit'
  }
  return verdict
}

/** Metadata of a whole reply (`usage`; Azure's `prompt_filter_results`, once `prompt_annotations`) without any choice. */
function saysOnlyUsage(object: JsonObject): boolean {
  if (object['choices'] !== undefined && object['choices'] !== null) return false
  return isObject(object['usage']) || 'prompt_filter_results' in object || 'prompt_annotations' in object
}

/** `message` stands for `delta` with a few servers. */
function isChoiceBlank(choice: JsonObject): boolean {
  const { delta, message, text, finish_reason: reason } = choice
  if (reason !== undefined && reason !== null && reason !== '') return false
  return isPartBlank(delta) && isPartBlank(message) && (text === undefined || text === null || text === '')
}

function isPartBlank(part: unknown): boolean {
  return isObject(part) ? isBlankBut(part, 'role') : part === undefined || part === null
}
