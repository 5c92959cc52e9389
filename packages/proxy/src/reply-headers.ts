// Head and trailers of a backend's reply, made fit to go on. It knows the rules of forwarding and no connection.

import type { Dispatcher } from 'undici'
import { connectionOptions, isHopByHop, sameName } from './field-names.ts'

/** Fields that mean nothing, or too much, after the body: framing, routing, auth, cookies, content (RFC 9110, 6.5.1). */
const barredTrailers: ReadonlySet<string> = new Set([
  'age',
  'authentication-info',
  'authorization',
  'cache-control',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'cookie',
  'date',
  'expect',
  'expires',
  'forwarded',
  'host',
  'location',
  'max-forwards',
  'pragma',
  'proxy-authentication-info',
  'range',
  'retry-after',
  'set-cookie',
  'set-cookie2',
  'vary',
  'via',
  'warning',
  'www-authenticate',
])

/**
 * Copies the raw fields of a reply (name, value, name, value) without hop-by-hop fields and those that `Connection` names.
 * Buffers are read as latin1, so that every byte can be written again. Order, repetition and the names as written are kept.
 * With `Transfer-Encoding` the `Content-Length` goes too: one framing goes on. It also goes from a reply that can have no content
 * (204; RFC 9110, 8.6): some callers would wait for it.
 */
export function responseHeaders(raw: readonly (Buffer | string)[], contentless = false): string[] {
  const headers: string[] = []
  let named: Set<string> | undefined
  let coded = contentless
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = text(raw[index]!)
    const lowerName = name.toLowerCase()
    if (isHopByHop(lowerName)) {
      if (lowerName === 'connection') named = connectionOptions(text(raw[index + 1]!), named)
      else if (lowerName === 'transfer-encoding') coded = true
      continue
    }
    headers.push(name, text(raw[index + 1]!))
  }
  return named === undefined && !coded ? headers : without(headers, named, coded)
}

/** True when the reply has a `Transfer-Encoding` that is not exactly one `chunked`: undici would pass the coded bytes on. */
export function unknownTransferCoding(raw: readonly (Buffer | string)[]): boolean {
  let seen = false
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index]!
    if (name.length !== 17 || !sameName(text(name), 'transfer-encoding')) continue
    if (
      seen ||
      text(raw[index + 1]!)
        .trim()
        .toLowerCase() !== 'chunked'
    )
      return true
    seen = true
  }
  return false
}

/** The trailers of a reply or of a request that may go on as trailers, or undefined when there are none. */
export function passableTrailers(raw: readonly (Buffer | string)[]): string[] | undefined {
  if (raw.length === 0) return undefined
  const trailers: string[] = []
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = text(raw[index]!)
    const lowerName = name.toLowerCase()
    if (isHopByHop(lowerName) || barredTrailers.has(lowerName) || lowerName.startsWith('x-forwarded-')) continue
    trailers.push(name, text(raw[index + 1]!))
  }
  return trailers.length === 0 ? undefined : trailers
}

/** The raw fields as undici's HTTP/1.1 parser gives them: a flat array of buffers. */
export function rawFields(raw: Dispatcher.DispatchController['rawHeaders']): readonly (Buffer | string)[] {
  return Array.isArray(raw) ? raw : []
}

/** Most characters of a reason phrase: undici counts none of them as part of the head. */
const mostReason = 512

/** A reason phrase that is long or could not be written again is left out: it means nothing (RFC 9112, 4). */
export function cleanReason(text: string | undefined): string {
  return text === undefined || text.length > mostReason || /[^\t\x20-\x7e]/.test(text) ? '' : text
}

function without(headers: string[], named: Set<string> | undefined, coded: boolean): string[] {
  const kept: string[] = []
  for (let index = 0; index < headers.length; index += 2) {
    const lowerName = headers[index]!.toLowerCase()
    if (named?.has(lowerName) || (coded && lowerName === 'content-length')) continue
    kept.push(headers[index]!, headers[index + 1]!)
  }
  return kept
}

function text(field: Buffer | string): string {
  return typeof field === 'string' ? field : field.toString('latin1')
}
