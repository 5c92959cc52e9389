// The head of a request as it goes over HTTP/1.1 (RFC 9112, 3 to 6). Whatever goes out is checked here, and framed here alone.

import { CarrierError } from '../failure.ts'
import { isHopByHop, sameName } from '../field-names.ts'

export interface RequestHead {
  /** To be written as latin1. */
  readonly text: string
  /** Bytes that must follow; -1: they go in chunks. */
  readonly length: number
}

const badTarget = /[^\x21-\x7e\x80-\xff]/
const notToken = /[^!#$%&'*+\-.^_`|~0-9A-Za-z]/
const badValue = /[^\t\x20-\x7e\x80-\xff]/
const lengthText = /^[0-9]{1,15}$/

/**
 * `bodyLength` is that of a body which is there, -1 for one that streams, undefined for none. `Host` goes first, that of the fields or
 * `host`; fields of this hop do not go out. Throws a CarrierError: `bad-request` for what cannot be written, `upload-failed` for a body of
 * another length than announced.
 */
export function requestHead(
  method: string,
  path: string,
  headers: readonly string[],
  bodyLength: number | undefined,
  host: string,
): RequestHead {
  // All of them are looked at together, which is a good deal quicker than one by one.
  let names = method
  let values = ''
  let lines = ''
  let options = 'keep-alive'
  let hostValue: string | undefined
  let announced: string | undefined
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at]!
    const value = headers[at + 1]!
    if (name === '') throw badRequest('a field')
    names += name
    values += value
    if (name.length === 4 && sameName(name, 'host')) {
      if (hostValue !== undefined) throw badRequest('Host')
      hostValue = value
    } else if (name.length === 14 && sameName(name, 'content-length')) {
      if (announced !== undefined || !lengthText.test(value)) throw badRequest('Content-Length')
      announced = value
    } else if (mayBeHopByHop(name) && isHopByHop(name.toLowerCase())) {
      if (!sameName(name, 'te') || options !== 'keep-alive') continue
      lines += 'te: trailers\r\n'
      // RFC 9110, 10.1.4.
      options = 'keep-alive, te'
    } else {
      lines += `${name}: ${value}\r\n`
    }
  }
  if (method === '' || notToken.test(names) || path.charCodeAt(0) !== 47 || badTarget.test(path))
    throw badRequest('the method, the target or the name of a field')
  if (badValue.test(values)) throw badRequest('a field')
  const length = lengthOf(method, bodyLength, announced)
  const framing =
    length === undefined ? '' : length === -1 ? 'transfer-encoding: chunked\r\n' : `content-length: ${length}\r\n`
  return {
    text: `${method} ${path} HTTP/1.1\r\nhost: ${hostValue ?? host}\r\nconnection: ${options}\r\n${lines}${framing}\r\n`,
    length: length ?? 0,
  }
}

/** Names of this hop have these lengths. */
function mayBeHopByHop({ length }: string): boolean {
  return length === 2 || length === 7 || length === 10 || length === 14 || (length >= 16 && length <= 19)
}

/** Undefined: nothing is said of a body. A method that usually has one says that there is none. */
function lengthOf(method: string, bodyLength: number | undefined, announced: string | undefined): number | undefined {
  const length = announced === undefined ? undefined : Number(announced)
  if (bodyLength === -1) return length ?? -1
  if (length !== undefined && length !== (bodyLength ?? 0)) throw new CarrierError('upload-failed', wrongLength)
  if (bodyLength === undefined && (method === 'GET' || method === 'HEAD' || method === 'OPTIONS')) return undefined
  return bodyLength ?? length ?? (method === 'POST' || method === 'PUT' || method === 'PATCH' ? 0 : undefined)
}

export const wrongLength = 'the request body is shorter or longer than announced'

function badRequest(what: string): CarrierError {
  return new CarrierError('bad-request', `${what} of the request cannot be written`)
}
