/** What the events of all APIs have in common: errors, pings, the end, and data that is no JSON. */

import { isObject, parseJson } from './json.ts'
import type { JsonObject } from './json.ts'
import { emptyStream, errorEventFailure, malformedEvent } from './stream-failure.ts'
import type { StreamFailure } from './stream-failure.ts'

export type EventVerdict = 'hold' | 'commit' | StreamFailure

/** Names under which keep-alives travel. */
const pings: ReadonlySet<unknown> = new Set(['ping', 'keepalive', 'keep-alive', 'heartbeat'])

/**
 * Judges what is clear without the API's own fields, and leaves the rest to `judge`. `isKnown` says whether an event of this name
 * is JSON in this API: what is no JSON under another name is not known, and commits.
 */
export function classifyEvent(
  event: string | undefined,
  data: string,
  isKnown: (event: string) => boolean,
  judge: (object: JsonObject, event: string | undefined) => EventVerdict,
): EventVerdict {
  if (event === 'error') return errorEventFailure(data)
  // Some servers keep a connection alive with empty data.
  if (data === '' || pings.has(event)) return 'hold'
  // Nothing that says something came before it, or this event would not be asked about.
  if (data === '[DONE]') return emptyStream
  const object = parseJson(data)
  if (!isObject(object)) return event === undefined || isKnown(event) ? malformedEvent : 'commit'
  if (isErrorEvent(object)) return errorEventFailure(object)
  return pings.has(object['type']) ? 'hold' : judge(object, event)
}

/** The official clients throw on any `error` that is not falsy. Healthy events may carry `"error":null`. */
export function isErrorEvent(object: JsonObject): boolean {
  return Boolean(object['error']) || object['type'] === 'error' || object['object'] === 'error'
}
