/** Reads the head of an HTTP/1.1 message strictly (RFC 9112 sections 2 to 6). Knows no sockets and repairs nothing. */

/** One field line as received: name in its original case, value without surrounding blanks, both as latin1. */
export type Field = readonly [name: string, value: string]

/** The bytes are not a well-formed HTTP/1.1 message. */
export class FramingError extends Error {
  readonly code = 'framing'
  override readonly name = 'FramingError'
}

/** A head as received. `bytes` includes the empty line. */
export interface MessageHead {
  readonly startLine: string
  readonly fields: readonly Field[]
  readonly bytes: Buffer
}

/** How the end of a body is known. */
export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly length: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'close' }

export interface RequestLine {
  readonly method: string
  readonly target: string
}

export interface StatusLine {
  readonly status: number
  readonly reason: string
}

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
// eslint-disable-next-line no-control-regex -- control bytes are what this looks for
const badValue = /[\u0000-\u0008\u000a-\u001f\u007f]/
const endOfHead = '\r\n\r\n'
const maxHeadBytes = 128 * 1024

/** Cuts one head off the start of `bytes`; undefined while its empty line has not arrived. */
export function takeHead(bytes: Buffer): MessageHead | undefined {
  const end = bytes.indexOf(endOfHead, 0, 'latin1')
  if (end < 0) {
    if (bytes.length > maxHeadBytes) throw new FramingError(`a head of more than ${maxHeadBytes} bytes`)
    return undefined
  }
  const head = bytes.subarray(0, end + endOfHead.length)
  const [startLine = '', ...lines] = head.toString('latin1', 0, end).split('\r\n')
  if (badValue.test(startLine)) throw new FramingError(`control bytes in the start line ${JSON.stringify(startLine)}`)
  return { startLine, fields: lines.map(parseField), bytes: head }
}

/** Reads one field line, of a head or of trailers. */
export function parseField(line: string): Field {
  const colon = line.indexOf(':')
  const name = line.slice(0, Math.max(colon, 0))
  if (!token.test(name)) throw new FramingError(`a field line without a valid name: ${JSON.stringify(line)}`)
  const value = line.slice(colon + 1)
  if (badValue.test(value)) throw new FramingError(`control bytes in a field value: ${JSON.stringify(line)}`)
  return [name, value.replace(/^[ \t]+|[ \t]+$/g, '')]
}

/** All values of a field, in order, by name without case. */
export function fieldValues(fields: readonly Field[], name: string): string[] {
  const wanted = name.toLowerCase()
  return fields.filter(([present]) => present.toLowerCase() === wanted).map(([, value]) => value)
}

export function parseRequestLine(line: string): RequestLine {
  const [method = '', target = '', version, ...rest] = line.split(' ')
  if (!token.test(method) || target === '' || version !== 'HTTP/1.1' || rest.length > 0) {
    throw new FramingError(`not an HTTP/1.1 request line: ${JSON.stringify(line)}`)
  }
  return { method, target }
}

export function parseStatusLine(line: string): StatusLine {
  const found = /^HTTP\/1\.1 ([1-9][0-9][0-9]) (.*)$/.exec(line)
  if (found === null) throw new FramingError(`not an HTTP/1.1 status line: ${JSON.stringify(line)}`)
  return { status: Number(found[1]), reason: found[2] ?? '' }
}

/** RFC 9112 section 6.3 for requests: without a framing field there is no body. */
export function requestFraming(fields: readonly Field[]): Framing {
  return declaredFraming(fields) ?? { kind: 'none' }
}

/** RFC 9112 section 6.3 for replies: without a framing field the body ends with the connection. */
export function replyFraming(method: string, status: number, fields: readonly Field[]): Framing {
  const declared = declaredFraming(fields)
  if (method === 'HEAD' || status === 204 || status === 304 || status < 200) return { kind: 'none' }
  return declared ?? { kind: 'close' }
}

function declaredFraming(fields: readonly Field[]): Framing | undefined {
  const lengths = fieldValues(fields, 'content-length')
  const codings = fieldValues(fields, 'transfer-encoding')
  if (codings.length > 0) {
    if (lengths.length > 0) throw new FramingError('both content-length and transfer-encoding')
    if (codings.length > 1 || codings[0]?.toLowerCase() !== 'chunked') {
      throw new FramingError(`transfer-encoding is not a single chunked: ${JSON.stringify(codings)}`)
    }
    return { kind: 'chunked' }
  }
  if (lengths.length === 0) return undefined
  const [length = ''] = lengths
  if (lengths.length > 1 || !/^[0-9]{1,15}$/.test(length)) {
    throw new FramingError(`not one valid content-length: ${JSON.stringify(lengths)}`)
  }
  return { kind: 'length', length: Number(length) }
}
