/** Model and tokens out of the first and last bytes of an event stream. It looks at the events that have them and parses no other. */

import type { DialectName } from './dialect-of.ts'
import { eventStart, readEvent } from './event-at.ts'
import type { EventAt } from './event-at.ts'
import { factsOf, nameOf, nameIn } from './facts.ts'
import type { ReplyFacts } from './facts.ts'
import { isObject, parseJson } from './json.ts'
import type { JsonObject } from './json.ts'
import { fieldFromEnd, fieldFromStart } from './json-field.ts'
import { keyOf } from './json-key.ts'
import { skipSpace } from './json-scan.ts'
import { lastIndexOf, searchFor } from './last-index.ts'
import type { Search } from './last-index.ts'
import { countOf, messageCounts, objectIn, timingsUsage, usageOf } from './usage.ts'
import type { TokenUsage } from './usage.ts'

/** A field that holds an object, and the field of the top that it is in, if any. */
interface Place {
  readonly name: string
  readonly search: Search
  readonly parent: string | undefined
}

const modelKey = keyOf('model')
const usageKey = keyOf('usage')
const messageKey = keyOf('message')
const usage = placeOf('usage')
const responseUsage = placeOf('usage', 'response')
const timings = placeOf('timings')
/** How the type of each event of content begins. */
const content = searchFor(Buffer.from('"content_block_'))

/** An event with an object that was looked for. */
interface Found {
  readonly value: JsonObject
  readonly model: string | undefined
  /** Where the event begins. */
  readonly start: number
}

/**
 * Chat, completions and responses name the model in every event that is about the reply, and count in the last event that has a
 * `usage` at all: some servers send a running count in each. An event whose beginning the tail does not have is read from its end.
 */
export function streamFacts(dialect: DialectName, head: Buffer, tail: Buffer): ReplyFacts | undefined {
  const isWhole = head === tail
  if (dialect === 'anthropic-messages') return messagesFacts(head, tail, isWhole)
  const place = dialect === 'openai-responses' ? responseUsage : usage
  const last = lastWith(place, tail, tail.length, isWhole)
  const model = last?.model ?? firstModel(head, place.parent)
  return factsOf(model, last === undefined ? timingsIn(dialect, tail, isWhole) : usageOf(dialect, last.value))
}

/** Azure's first event has an empty name. */
function firstModel(head: Buffer, parent: string | undefined): string | undefined {
  const key = parent === undefined ? undefined : keyOf(parent)
  for (let at = 0; at < head.length;) {
    const event = readEvent(head, at, false)
    const model = nameIn(fieldFromStart(event.data, modelKey, key))
    if (model !== undefined) return model
    at = event.next
  }
  return undefined
}

function timingsIn(dialect: DialectName, tail: Buffer, isWhole: boolean): TokenUsage | undefined {
  if (dialect !== 'openai-chat' && dialect !== 'openai-completions') return undefined
  const last = lastWith(timings, tail, tail.length, isWhole)
  return last && timingsUsage(last.value)
}

/**
 * `message_start` has the model and what was read; each `message_delta` has counts so far, which stand above earlier ones field by
 * field. What is generated is counted in deltas alone. Without the start, or where deltas may be missing, nobody knows what those
 * that are there leave out.
 */
function messagesFacts(head: Buffer, tail: Buffer, isWhole: boolean): ReplyFacts | undefined {
  let model: string | undefined
  let start: JsonObject | undefined
  for (let at = 0; at < head.length && start === undefined;) {
    const event = readEvent(head, at, false)
    start = objectIn(fieldFromStart(event.data, usageKey, messageKey))
    model ??= nameIn(fieldFromStart(event.data, modelKey, messageKey))
    at = event.next
  }
  // All deltas come after all content.
  const from = lastIndexOf(tail, content, tail.length)
  const isAll = isWhole && from === -1
  const deltas = from === -1 ? tail : tail.subarray(from)
  const counts: Record<string, unknown> = {}
  let found = lastWith(usage, deltas, deltas.length, isAll)
  while (found !== undefined) {
    addCounts(counts, found.value)
    found = lastWith(usage, deltas, found.start, isAll)
  }
  const isKnown = start !== undefined && (isAll || from !== -1)
  if (isKnown) addCounts(counts, { ...start, output_tokens: undefined })
  return factsOf(model, usageOf('anthropic-messages', isKnown ? counts : { output_tokens: counts['output_tokens'] }))
}

/** Adds what no later event has said. */
function addCounts(counts: Record<string, unknown>, earlier: JsonObject): void {
  for (const name of messageCounts) counts[name] ??= countOf(earlier[name])
}

/** The last event before `before` with an object in this place. */
function lastWith(place: Place, tail: Buffer, before: number, isWhole: boolean): Found | undefined {
  for (;;) {
    const at = lastIndexOf(tail, place.search, before)
    if (at === -1) return undefined
    before = at
    // Most events of a stream say `"usage":null`.
    if (!isObjectField(tail, at + place.search.bytes.length)) continue
    const start = eventStart(tail, at, isWhole)
    const event = readEvent(tail, start, start === 0 && !isWhole)
    const found = event.isCut ? foundFromEnd(place, event) : foundIn(place, event)
    if (found !== undefined) return found
    before = start
  }
}

/** Groq has its counts one level below as well, or only there. */
function foundIn({ name, parent }: Place, { data, start }: EventAt): Found | undefined {
  const event = parseJson(data.toString())
  const holder = isObject(event) && parent !== undefined ? event[parent] : event
  if (!isObject(holder)) return undefined
  const groq = holder['x_groq']
  const value = holder[name] ?? (isObject(groq) ? groq[name] : undefined)
  return isObject(value) ? { value, model: nameOf(holder['model']), start } : undefined
}

function foundFromEnd({ search, parent }: Place, { data, isEnded, start }: EventAt): Found | undefined {
  if (!isEnded) return undefined
  const key = parent === undefined ? undefined : keyOf(parent)
  const value = objectIn(fieldFromEnd(data, search.bytes, key))
  return value && { value, model: nameIn(fieldFromEnd(data, modelKey, key)), start }
}

/** Whether a colon and the beginning of an object follow. */
function isObjectField(bytes: Buffer, at: number): boolean {
  at = skipSpace(bytes, at)
  return bytes[at] === 0x3a && bytes[skipSpace(bytes, at + 1)] === 0x7b
}

function placeOf(name: string, parent?: string): Place {
  return { name, search: searchFor(keyOf(name)), parent }
}
