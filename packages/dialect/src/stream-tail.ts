/** Did a stream that ended well on the wire end with an error? It reads the last bytes only. */

import type { DialectName } from './dialect-of.ts'
import { isErrorEvent } from './classify-event.ts'
import { EventReader } from './event-reader.ts'
import { isObject, parseJson, textOf } from './json.ts'
import type { JsonObject } from './json.ts'

/** Most bytes that are read, from the end. */
const mostBytes = 64 * 1024

/**
 * - `whole`: the event that ends a reply is there
 * - `error`: an error event stands in its place, or right before a final `[DONE]`
 * - `unknown`: neither. The tail may begin in the middle of a long last event, the dialect may not be known.
 */
export type TailVerdict = 'whole' | 'error' | 'unknown'

interface LastEvent {
  readonly event: string | undefined
  readonly data: string
}

/**
 * Judges how a committed stream ended, by its last few KiB. It parses at most two events; call it once, at the end.
 *
 * What ends a reply: `[DONE]` or else a `finish_reason` (chat, completions), `response.completed` or `response.incomplete`
 * (responses), `message_stop` (Anthropic).
 */
export function judgeTail(dialect: DialectName, tail: Buffer): TailVerdict {
  if (dialect === 'openai' || dialect === 'unknown') return 'unknown'
  let before: LastEvent | undefined
  let last: LastEvent | undefined
  let done = false
  const reader = new EventReader()
  const read = tail.subarray(-mostBytes)
  reader.feed(read, read.length)
  while (reader.next() || reader.finish()) {
    const { event, data } = reader
    if (data === '[DONE]') done = true
    else {
      before = last
      last = { event, data }
    }
  }
  // So end most streams; nothing of them is parsed.
  if (done && !maySayError(last) && !maySayError(before)) return 'whole'
  const lastVerdict = judgeLast(dialect, last)
  if (lastVerdict === 'error') return 'error'
  const beforeVerdict = judgeLast(dialect, before)
  if (beforeVerdict === 'error') return 'error'
  return done || lastVerdict === 'whole' || (beforeVerdict === 'whole' && isUsage(last)) ? 'whole' : 'unknown'
}

/** All that reports an error has one of these words in it, or has it escaped. */
function maySayError(event: LastEvent | undefined): boolean {
  return event !== undefined && (event.event !== undefined || /error|failed|\\u/.test(event.data))
}

function judgeLast(dialect: DialectName, last: LastEvent | undefined): TailVerdict {
  if (last === undefined) return 'unknown'
  if (last.event === 'error') return 'error'
  const object = parseJson(last.data)
  if (!isObject(object)) return 'unknown'
  if (isErrorEvent(object)) return 'error'
  const type = textOf(object['type']) ?? last.event
  if (dialect === 'anthropic-messages') return type === 'message_stop' ? 'whole' : 'unknown'
  return dialect === 'openai-responses' ? judgeResponse(type, object) : judgeChoices(object)
}

function judgeResponse(type: string | undefined, object: JsonObject): TailVerdict {
  if (type === 'response.failed') return 'error'
  if (type !== 'response.completed' && type !== 'response.incomplete') return 'unknown'
  const response = object['response']
  return isObject(response) && Boolean(response['error']) ? 'error' : 'whole'
}

function judgeChoices({ choices }: JsonObject): TailVerdict {
  let verdict: TailVerdict = 'unknown'
  if (!Array.isArray(choices)) return verdict
  for (const choice of choices as readonly unknown[]) {
    const reason = isObject(choice) ? choice['finish_reason'] : undefined
    if (reason === 'error') return 'error'
    if (reason) verdict = 'whole'
  }
  return verdict
}

/** The event with the usage follows the last choice. */
function isUsage(last: LastEvent | undefined): boolean {
  const object = last && parseJson(last.data)
  return isObject(object) && isObject(object['usage'])
}
