// What the head of a reply says of the bytes that follow it, and the fields that go on (RFC 9112, 6 and 9). It knows no connection.

import { CarrierError } from '../failure.ts'
import { connectionOptions, isHopByHop, sameName } from '../field-names.ts'
import { statusPlace, type HeadScanner } from './head-scanner.ts'

/** How the end of a body is found: there is none, by its length, by its last chunk, or by the end of the connection. */
export type Framing = 'none' | 'length' | 'chunked' | 'until-close'

export interface ReplyHead {
  readonly status: number
  readonly reason: string
  /** Flat: name, value, name, value. Without fields of this hop. */
  readonly fields: string[]
  readonly framing: Framing
  /** Bytes of the body, for `length`. */
  readonly length: number
  /** The connection can serve another request afterwards. */
  readonly persistent: boolean
  /** How long the connection may be idle afterwards, in milliseconds: what the backend hints at, less a margin. */
  readonly idleMs: number
}

/** Below the 5 s after which common model servers close an idle connection; a hint of the backend counts less a margin. */
const keepAliveMs = 4_000
const keepAliveMaxMs = 60_000
const keepAliveMarginMs = 1_000

/** No longer than numbers are exact. */
const lengthText = /^[0-9]{1,15}$/

/** What the fields of one head say of this hop. */
class HopFacts {
  named: Set<string> | undefined
  coded = false
  length = -1
  /** Where `Content-Length` stands in the fields that go on. */
  lengthAt = -1
  connection: 'kept' | 'closes' | 'unsaid'
  keepAliveMs: number | undefined

  constructor(isOld: boolean) {
    this.connection = isOld ? 'unsaid' : 'kept'
  }

  /** `lowerName` is one of `hopName`. */
  read(lowerName: string, value: string): void {
    if (lowerName === 'connection') {
      this.named = connectionOptions(value, this.named)
      if (this.connection !== 'closes') this.connection = saidBy(value, this.connection)
    } else if (lowerName === 'transfer-encoding') {
      if (this.coded || !sameName(value, 'chunked')) throw inDoubt('transfer coding')
      this.coded = true
    } else if (lowerName === 'keep-alive') {
      this.keepAliveMs = hintOf(value)
    }
  }

  readLength(value: string, at: number): void {
    if (this.length !== -1 || !lengthText.test(value)) throw inDoubt('length')
    this.length = Number(value)
    this.lengthAt = at
  }
}

/** `text` is the whole head as latin1, `method` what was asked. Throws a CarrierError `bad-response` where its framing is in doubt. */
export function readReplyHead(text: string, { marks, count, lineEndsAt }: HeadScanner, method: string): ReplyHead {
  const status = Number(text.slice(statusPlace.status, statusPlace.status + 3))
  const isOld = text.charCodeAt(statusPlace.minor) === 48
  const facts = new HopFacts(isOld)
  const fields: string[] = []
  for (let at = 0; at < count; at += 4) {
    const name = text.slice(marks[at]!, marks[at + 1]!)
    const value = text.slice(marks[at + 2]!, marks[at + 3]!)
    const lowerName = hopName(name)
    if (lowerName !== undefined) {
      facts.read(lowerName, value)
      continue
    }
    if (name.length === 14 && sameName(name, 'content-length')) facts.readLength(value, fields.length)
    fields.push(name, value)
  }
  const { named, coded, length, lengthAt, connection } = facts
  if (coded && (length !== -1 || isOld)) throw inDoubt('framing')
  const empty = method === 'HEAD' || status === 204 || status === 304 || status < 200
  // A body that follows all the same, where there can be none, must not be the next request's reply.
  const mayTrail = empty ? method === 'HEAD' || coded || length > 0 : !coded && length === -1
  // Some callers would wait for the content of a reply that can have none (RFC 9110, 8.6).
  if (status === 204 && lengthAt !== -1) fields.splice(lengthAt, 2)
  return {
    status,
    reason: lineEndsAt > statusPlace.reason ? text.slice(statusPlace.reason, lineEndsAt) : '',
    fields: named === undefined ? fields : fields.filter((_, at) => !named.has(fields[at & ~1]!.toLowerCase())),
    framing: empty ? 'none' : coded ? 'chunked' : length === -1 ? 'until-close' : 'length',
    length,
    persistent: connection === 'kept' && !mayTrail,
    idleMs: idleTime(facts.keepAliveMs),
  }
}

/** In lower case, where it is of this hop. Most names are told apart by their length alone. */
function hopName(name: string): string | undefined {
  switch (name.length) {
    case 2:
    case 7:
    case 10:
    case 14:
    case 16:
    case 17:
    case 18:
    case 19: {
      const lowerName = name.toLowerCase()
      return isHopByHop(lowerName) ? lowerName : undefined
    }
    default:
      return undefined
  }
}

/** RFC 9112, 9.3: `close` ends a connection whatever else is said, `keep-alive` keeps one of HTTP/1.0. */
function saidBy(value: string, before: HopFacts['connection']): HopFacts['connection'] {
  if (sameName(value, 'keep-alive')) return 'kept'
  const options = value.toLowerCase().split(',')
  if (options.some((option) => option.trim() === 'close')) return 'closes'
  return options.some((option) => option.trim() === 'keep-alive') ? 'kept' : before
}

let lastHint = ''
let lastHintMs: number | undefined

/** Remembers one value: a backend sends the same one each time. */
function hintOf(value: string): number | undefined {
  if (value === lastHint) return lastHintMs
  const seconds = /(?:^|[\s,;])timeout\s*=\s*"?([0-9]{1,9})/i.exec(value)?.[1]
  lastHint = value
  lastHintMs = seconds === undefined ? undefined : Number(seconds) * 1000
  return lastHintMs
}

function idleTime(hintMs: number | undefined): number {
  return hintMs === undefined ? keepAliveMs : Math.min(hintMs, keepAliveMaxMs) - keepAliveMarginMs
}

function inDoubt(what: string): CarrierError {
  return new CarrierError('bad-response', `the ${what} of the reply is in doubt`)
}
