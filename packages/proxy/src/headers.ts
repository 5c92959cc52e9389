// The caller's head made into the backend's, and edits of flat header arrays. It knows the rules of forwarding and no connection.

import { connectionOptions, isHopByHop, sameName } from './field-names.ts'
import { forwardedElement, forwardedFor } from './forwarded.ts'

export interface ForwardOptions {
  /** What is appended to `Via`: protocol version and name, such as `1.1 headgate`. */
  readonly via: string
  /** Proxies in front that set `X-Forwarded-*` and `Forwarded`; with 0 the caller's are dropped. */
  readonly trustedHops: number
}

/** What is known of the caller, apart from its fields. */
export interface CallerFacts {
  readonly remoteAddress: string
  readonly protocol: 'http' | 'https'
  /** The authority that the request was routed by; replaces `Host`. */
  readonly host: string | undefined
  /** Such as `1.1`. */
  readonly httpVersion: string
}

/** What was met of the fields that are set anew at the end. */
class Chain {
  via: string | undefined
  forwardedFor: string | undefined
  forwarded: string | undefined
  protoSeen = false
  hostSeen = false
}

/**
 * Makes the flat array for the backend (name, value, name, value) from the caller's raw fields. First hop-by-hop fields, those that
 * `Connection` names and `Expect` go; then `X-Forwarded-For`, `-Proto`, `-Host`, `Forwarded` (RFC 7239) and `Via` are set.
 * Order, repetition and spelling of all other fields are kept. `TE` stays as `trailers` alone, `Content-Length` where there is no
 * `Transfer-Encoding`. `Host` is kept, with the value `caller.host` where that is known.
 */
export function requestHeaders(raw: readonly string[], caller: CallerFacts, options: ForwardOptions): string[] {
  const { named, coded, trailers } = hopFacts(raw)
  const trusted = options.trustedHops > 0
  // Room for the chain and for what filters add: an array that grows is copied.
  const headers: string[] = []
  headers.length = raw.length + roomForMore
  const chain = new Chain()
  let hostSeen = false
  let end = 0
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index]!
    let value = raw[index + 1]!
    if (named !== undefined && named.has(name.toLowerCase())) continue
    switch (roleOf(name)) {
      case 'plain':
        break
      case 'dropped':
        continue
      case 'host':
        if (hostSeen) continue
        hostSeen = true
        value = caller.host ?? value
        break
      case 'length':
        if (coded) continue
        break
      default:
        if (joinsChain(chain, name.toLowerCase(), value, trusted)) continue
    }
    headers[end++] = name
    headers[end++] = value
  }
  headers.length = end
  if (!hostSeen && caller.host !== undefined) headers.unshift('host', caller.host)
  if (trailers) headers.push('te', 'trailers')
  setChain(headers, chain, caller, options.via)
  return headers
}

/** Five fields of the chain, `TE`, and some of filters and backends. */
const roomForMore = 20

type Role = 'plain' | 'dropped' | 'host' | 'length' | 'chain'

/** Most names are told from those that matter by their length alone. */
function roleOf(name: string): Role {
  switch (name.length) {
    case 3:
      return sameName(name, 'via') ? 'chain' : 'plain'
    case 4:
      return sameName(name, 'host') ? 'host' : 'plain'
    case 6:
      return sameName(name, 'expect') ? 'dropped' : 'plain'
    case 9:
      return sameName(name, 'forwarded') ? 'chain' : 'plain'
    case 2:
    case 7:
    case 10:
      return isHopByHop(name.toLowerCase()) ? 'dropped' : 'plain'
    case 14:
      if (sameName(name, 'content-length')) return 'length'
      break
    default:
  }
  if (name.length < 13) return 'plain'
  const lowerName = name.toLowerCase()
  if (isHopByHop(lowerName)) return 'dropped'
  return lowerName.charCodeAt(0) === 120 && /^x[-_]forwarded[-_]/.test(lowerName) ? 'chain' : 'plain'
}

/** Replaces the first field of that name in its place and removes the others; appends it where there is none. */
export function setHeader(headers: string[], name: string, value: string): void {
  const lowerName = name.toLowerCase()
  for (let index = 0; index < headers.length; index += 2) {
    if (!sameName(headers[index]!, lowerName)) continue
    headers[index] = name
    headers[index + 1] = value
    removeFrom(headers, lowerName, index + 2)
    return
  }
  headers.push(name, value)
}

/**
 * Adds a value to the last field of that name, behind a comma (Gateway API HTTPHeaderFilter `add`); appends the field where there is
 * none. A `Set-Cookie` is never joined (RFC 9110, 5.3).
 */
export function addHeader(headers: string[], name: string, value: string): void {
  const lowerName = name.toLowerCase()
  if (lowerName !== 'set-cookie') {
    for (let index = headers.length - 2; index >= 0; index -= 2) {
      if (!sameName(headers[index]!, lowerName)) continue
      const before = headers[index + 1]!
      headers[index + 1] = before === '' ? value : `${before}, ${value}`
      return
    }
  }
  headers.push(name, value)
}

/** Removes all fields of that name. */
export function removeHeader(headers: string[], name: string): void {
  removeFrom(headers, name.toLowerCase(), 0)
}

function removeFrom(headers: string[], lowerName: string, start: number): void {
  let kept = start
  for (let index = start; index < headers.length; index += 2) {
    if (sameName(headers[index]!, lowerName)) continue
    headers[kept] = headers[index]!
    headers[kept + 1] = headers[index + 1]!
    kept += 2
  }
  headers.length = kept
}

interface HopFacts {
  readonly named: Set<string> | undefined
  readonly coded: boolean
  readonly trailers: boolean
}

/** What the caller's own hop says. It must be known before the first field is copied. */
function hopFacts(raw: readonly string[]): HopFacts {
  let named: Set<string> | undefined
  let coded = false
  let trailers = false
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index]!
    if (name.length === 10 && sameName(name, 'connection')) named = connectionOptions(raw[index + 1]!, named)
    else if (name.length === 17 && sameName(name, 'transfer-encoding')) coded = true
    else if (name.length === 2 && sameName(name, 'te'))
      trailers ||= /(?:^|,)[\t ]*trailers[\t ]*(?:,|$)/i.test(raw[index + 1]!)
  }
  return { named, coded, trailers }
}

/** Of a field of the chain: true when it is not copied, as it is taken up, or dropped because nobody vouches for it. */
function joinsChain(chain: Chain, lowerName: string, value: string, trusted: boolean): boolean {
  switch (lowerName) {
    case 'via':
      chain.via = joined(chain.via, value)
      return true
    case 'forwarded':
      if (trusted) chain.forwarded = joined(chain.forwarded, value)
      return true
    case 'x-forwarded-for':
      if (trusted) chain.forwardedFor = joined(chain.forwardedFor, value)
      return true
    case 'x-forwarded-proto':
      chain.protoSeen ||= trusted
      return !trusted
    case 'x-forwarded-host':
      chain.hostSeen ||= trusted
      return !trusted
    default:
      // Also spelt with underscores, which many servers read as hyphens.
      return !trusted
  }
}

function setChain(headers: string[], chain: Chain, caller: CallerFacts, via: string): void {
  const address = forwardedFor(caller.remoteAddress)
  headers.push('x-forwarded-for', joined(chain.forwardedFor, address))
  if (!chain.protoSeen) headers.push('x-forwarded-proto', caller.protocol)
  if (!chain.hostSeen && caller.host !== undefined) headers.push('x-forwarded-host', caller.host)
  headers.push('forwarded', joined(chain.forwarded, forwardedElement(address, caller.host, caller.protocol)))
  headers.push('via', joined(chain.via, receivedBy(via, caller.httpVersion)))
}

/** `Via` tells the version of the message that was received (RFC 9110, 7.6.3). */
function receivedBy(via: string, httpVersion: string): string {
  if (via.startsWith(`${httpVersion} `)) return via
  const space = via.indexOf(' ')
  return space === -1 ? `${httpVersion} ${via}` : `${httpVersion}${via.slice(space)}`
}

function joined(before: string | undefined, value: string): string {
  return before === undefined || before === '' ? value : `${before}, ${value}`
}
