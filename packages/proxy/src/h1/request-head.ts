// The head of a request as it goes over HTTP/1.1 (RFC 9112, 3 to 6). Whatever goes out is checked here, and framed here alone.

import { CarrierError } from '../failure.ts'
import { isHopByHop } from '../field-names.ts'

export interface RequestHead {
  /** To be written as latin1. */
  readonly text: string
  /** Bytes that must follow; -1: they go in chunks. */
  readonly length: number
}

const badTarget = /[^\x21-\x7e\x80-\xff]/
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const lengthText = /^[0-9]{1,15}$/

/** What becomes of a field, by its name alone. */
interface FieldPlan {
  readonly role: 'plain' | 'host' | 'length' | 'te' | 'dropped'
  /** The beginning of its line. */
  readonly start: string
}

/** Callers and filters use few names, so each is looked at once; whoever makes up more of them begins it anew. */
const plans = new Map<string, FieldPlan>()
const mostPlans = 500

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
  let lines = ''
  let options = 'keep-alive'
  let hostValue: string | undefined
  let announced: string | undefined
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at]!
    const value = headers[at + 1]!
    const plan = plans.get(name) ?? planOf(name)
    if (!isText(value)) throw badRequest('a field')
    switch (plan.role) {
      case 'plain':
        lines += plan.start + value
        break
      case 'host':
        if (hostValue !== undefined) throw badRequest('Host')
        hostValue = value
        break
      case 'length':
        if (announced !== undefined || !lengthText.test(value)) throw badRequest('Content-Length')
        announced = value
        break
      case 'te':
        if (options !== 'keep-alive') break
        lines += `${plan.start}trailers`
        // RFC 9110, 10.1.4.
        options = 'keep-alive, te'
        break
      case 'dropped':
    }
  }
  if (!token.test(method)) throw badRequest('the method')
  if (path.charCodeAt(0) !== 47 || badTarget.test(path)) throw badRequest('the target')
  const length = lengthOf(method, bodyLength, announced)
  const framing =
    length === undefined ? '' : length === -1 ? '\r\ntransfer-encoding: chunked' : `\r\ncontent-length: ${length}`
  return {
    text: `${method} ${path} HTTP/1.1\r\nhost: ${hostValue ?? host}\r\nconnection: ${options}${lines}${framing}\r\n\r\n`,
    length: length ?? 0,
  }
}

/** What ends a body in chunks (RFC 9112, 7.1.2). Throws a CarrierError `bad-request` for a field that cannot be written. */
export function lastChunk(trailers: readonly string[] | undefined): string {
  let lines = ''
  for (let at = 0; trailers !== undefined && at + 1 < trailers.length; at += 2) {
    const name = trailers[at]!
    const value = trailers[at + 1]!
    if (!token.test(name) || !isText(value)) throw badRequest('a trailer')
    lines += `${name}: ${value}\r\n`
  }
  return `0\r\n${lines}\r\n`
}

function planOf(name: string): FieldPlan {
  if (!token.test(name)) throw badRequest('the name of a field')
  const lowerName = name.toLowerCase()
  const role =
    lowerName === 'host' || lowerName === 'te'
      ? lowerName
      : lowerName === 'content-length'
        ? 'length'
        : isHopByHop(lowerName)
          ? 'dropped'
          : 'plain'
  const plan: FieldPlan = { role, start: `\r\n${role === 'te' ? 'te' : name}: ` }
  if (plans.size >= mostPlans) plans.clear()
  plans.set(name, plan)
  return plan
}

/** Visible characters, space, tab, and those above 0x7f (RFC 9110, 5.5). Quicker than an expression: most values are short. */
function isText(value: string): boolean {
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at)
    if ((code < 32 && code !== 9) || code === 127 || code > 255) return false
  }
  return true
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
