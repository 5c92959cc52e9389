/** Which model answered, and how many tokens did it count? It reads the first and the last bytes of a reply, whatever is in between. */

import type { DialectName } from './dialect-of.ts'
import { factsOf, nameIn, nameOf } from './facts.ts'
import type { ReplyFacts } from './facts.ts'
import { isObject, parseJson } from './json.ts'
import { fieldFromEnd, fieldFromStart } from './json-field.ts'
import { keyOf } from './json-key.ts'
import { skipSpace } from './json-scan.ts'
import { streamFacts } from './stream-facts.ts'
import { objectIn, usageOf } from './usage.ts'

const modelKey = keyOf('model')
const usageKey = keyOf('usage')

/** A reply without its middle, not content-coded. `Edges` keeps it. */
export interface ReplyEdges {
  /** Its first bytes; 2 KiB are enough for all but long instructions in the responses API. */
  readonly head: Buffer
  /** Its last bytes. The same buffer as `head` says that it is the whole reply. */
  readonly tail: Buffer
  /** An event stream; else one JSON object. */
  readonly stream: boolean
}

/**
 * The model and the token counts that a reply names at its top: in the JSON object itself, in the events of a stream, of the
 * responses API in their `response`, of Anthropic in `message_start` and `message_delta`. Undefined where there is neither, and
 * always for `unknown`.
 *
 * What head and tail do not have, or have in part, is not there: the answer is that of parsing the whole reply, or less. It never
 * throws. Of a stream that broke off it is what was said until then. Of an object that broke off give an empty tail: its last
 * brace is taken for the last of the whole. Of a field that an object has
 * twice, either may count.
 *
 * Call it once, at the end.
 */
export function replyFacts(dialect: DialectName, { head, tail, stream }: ReplyEdges): ReplyFacts | undefined {
  if (dialect === 'unknown') return undefined
  return stream ? streamFacts(dialect, head, tail) : objectFacts(dialect, head, tail)
}

function objectFacts(dialect: DialectName, head: Buffer, tail: Buffer): ReplyFacts | undefined {
  if (head === tail) {
    const reply = parseJson(head.toString())
    if (!isObject(reply)) return undefined
    const { model, usage } = reply
    return factsOf(nameOf(model), isObject(usage) ? usageOf(dialect, usage) : undefined)
  }
  if (head[skipSpace(head, 0)] !== 0x7b) return undefined
  const model = nameIn(fieldFromStart(head, modelKey)) ?? nameIn(fieldFromEnd(tail, modelKey))
  const usage = objectIn(fieldFromEnd(tail, usageKey)) ?? objectIn(fieldFromStart(head, usageKey))
  return factsOf(model, usage && usageOf(dialect, usage))
}
