// Flat header arrays to and from HTTP/2 (RFC 9113, 8.2 and 8.3). It knows the rules for fields and no connection.

import { isHopByHop } from './field-names.ts'
import { CarrierError } from './failure.ts'

/** The parts of a request that come before its fields. */
export interface RequestLine {
  readonly method: string
  /** In origin form. */
  readonly path: string
  readonly scheme: 'http' | 'https'
  /** Of the endpoint: stands in where there is no `Host`. */
  readonly authority: string
}

/** What is sent, and how long the body was announced to be. */
export interface RequestFields {
  /** Flat: pseudo-header fields, then fields with names in lower case. */
  readonly list: string[]
  /** Of `Content-Length`; undefined where there is none. */
  readonly announced: number | undefined
}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const badTarget = /[^\x21-\x7e\x80-\xff]/
const badValue = /[^\t\x20-\x7e\x80-\xff]/

/**
 * `Host` becomes `:authority`; connection-specific fields go, but for `te: trailers`. `bodyLength` is that of a body which is there, 0 for
 * none, undefined for one that streams. Throws a CarrierError `bad-request` for what cannot be written, `upload-failed` for a body of
 * another length than announced: node:http2 checks neither values nor lengths, and takes NUL for the end of a value.
 */
export function requestFields(
  line: RequestLine,
  headers: readonly string[],
  bodyLength: number | undefined,
): RequestFields {
  if (!token.test(line.method) || badTarget.test(line.path)) throw badRequest('the method or the target')
  const list = [':method', line.method, ':path', line.path, ':scheme', line.scheme, ':authority', line.authority]
  let hostSeen = false
  let announced: number | undefined
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index]!.toLowerCase()
    const value = headers[index + 1]!.trim()
    if (!token.test(name) || badValue.test(value)) throw badRequest('a field')
    if (name === 'host') {
      if (hostSeen || badTarget.test(value)) throw badRequest('Host')
      hostSeen = true
      if (value !== '') list[7] = value
    } else if (name === 'content-length') {
      if (announced !== undefined || !/^\d{1,15}$/.test(value)) throw badRequest('Content-Length')
      announced = Number(value)
    } else if (!isHopByHop(name) || (name === 'te' && value.toLowerCase() === 'trailers')) {
      list.push(name, name === 'te' ? 'trailers' : value)
    }
  }
  const length = lengthOf(announced, bodyLength)
  if (length !== undefined) list.push('content-length', String(length))
  return { list, announced: length }
}

/** The fields of a head or of trailers without pseudo-header fields, or undefined above `maxBytes` of names and values. */
export function plainFields(raw: readonly string[], maxBytes: number): string[] | undefined {
  const fields: string[] = []
  let bytes = 0
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index]!
    const value = raw[index + 1]!
    if (name.startsWith(':')) continue
    bytes += name.length + value.length
    if (bytes > maxBytes) return undefined
    fields.push(name, value)
  }
  return fields
}

/** Trailers as node:http2 takes them. Throws a CarrierError `bad-request` for what cannot be written. */
export function trailerFields(flat: readonly string[]): Record<string, string[]> {
  const fields: Record<string, string[]> = Object.create(null) as Record<string, string[]>
  for (let index = 0; index + 1 < flat.length; index += 2) {
    const name = flat[index]!.toLowerCase()
    const value = flat[index + 1]!.trim()
    if (!token.test(name) || badValue.test(value)) throw badRequest('a trailer')
    ;(fields[name] ??= []).push(value)
  }
  return fields
}

function lengthOf(announced: number | undefined, bodyLength: number | undefined): number | undefined {
  if (bodyLength === undefined || (bodyLength === 0 && announced === undefined)) return announced
  if (bodyLength > 0 && announced !== undefined && announced !== bodyLength)
    throw new CarrierError('upload-failed', 'the request body is shorter or longer than announced')
  return bodyLength
}

function badRequest(what: string): CarrierError {
  return new CarrierError('bad-request', `${what} of the request cannot be written`)
}
