/** Scripts for well-formed replies. Knows no faults. */

import type { Field } from './http-head.ts'
import { fin, reset, type Script, type Step, steps, wholeRequest } from './script.ts'
import type { Bytes } from './wire.ts'

export interface ReplyOptions {
  /** Default 200. */
  readonly status?: number
  /** Field lines beside `content-length`, sent as given, in order. */
  readonly headers?: readonly Field[]
  /** Default empty. */
  readonly body?: Bytes
}

export interface CutOptions extends ReplyOptions {
  /** How many bytes of the body are sent before the connection ends. Default half of them. */
  readonly after?: number
  /** How it ends: by a reset (default), or by an ordinary close that comes too early. */
  readonly by?: 'reset' | 'fin'
}

export interface EventStreamOptions {
  /** Default 200. */
  readonly status?: number
  /** Field lines beside `content-type` and the framing. */
  readonly headers?: readonly Field[]
  /** How the end is told: by a last chunk (default), or by closing the connection. */
  readonly framing?: 'chunked' | 'close'
}

/** Bytes of a reply's head: exactly these field lines and nothing else. */
export function head(status: number, headers: readonly Field[] = [], reason = 'Scripted'): string {
  return `HTTP/1.1 ${status} ${reason}\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
}

/** One chunk of a chunked body. An empty one is `lastChunk`, not this. */
export function chunk(bytes: Bytes): Buffer {
  const data = Buffer.from(bytes)
  if (data.length === 0) throw new RangeError('an empty chunk would end the body: use lastChunk')
  return Buffer.concat([Buffer.from(`${data.length.toString(16)}\r\n`), data, Buffer.from('\r\n')])
}

/** The end of a chunked body, with trailers where given. */
export function lastChunk(trailers: readonly Field[] = []): string {
  return `0\r\n${trailers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
}

/**
 * Waits for the whole request, then gives one whole reply with its `content-length`. Replies to HEAD and with status 304
 * announce the length and carry no body, those with 1xx and 204 announce none.
 */
export function reply(options: ReplyOptions = {}): Script {
  const { status = 200, headers = [], body = '' } = options
  const data = Buffer.from(body)
  return steps(wholeRequest, async (request, connection) => {
    const lengthless = status < 200 || status === 204 || (status === 304 && data.length === 0)
    const framing: Field[] = lengthless ? [] : [['content-length', String(data.length)]]
    const bodiless = lengthless || status === 304 || request.method === 'HEAD'
    const bytes = Buffer.from(head(status, [...headers, ...framing]), 'latin1')
    await connection.write(bodiless ? bytes : Buffer.concat([bytes, data]))
  })
}

/** Waits for the whole request, announces the whole body by its `content-length`, and ends the connection in the middle of it. */
export function cutReply(options: CutOptions = {}): Script {
  const { status = 200, headers = [], body = '{"partial":true}', by = 'reset' } = options
  const data = Buffer.from(body)
  const { after = Math.floor(data.length / 2) } = options
  const fields: readonly Field[] = [...headers, ['content-length', String(data.length)]]
  return steps(wholeRequest, head(status, fields), data.subarray(0, after), by === 'fin' ? fin : reset)
}

/** A reply with a value as JSON. */
export function json(value: unknown, options: Omit<ReplyOptions, 'body'> = {}): Script {
  const headers: readonly Field[] = [['content-type', 'application/json'], ...(options.headers ?? [])]
  return reply({ ...options, headers, body: JSON.stringify(value) })
}

/** An error of the given status in OpenAI's shape. */
export function failure(status: number, options: Omit<ReplyOptions, 'body' | 'status'> = {}): Script {
  const error = { message: `Scripted failure ${status}.`, type: 'scripted', param: null, code: `scripted_${status}` }
  return json({ error }, { ...options, status })
}

/** 429 with `Retry-After` as given: seconds or an HTTP date. */
export function tooManyRequests(retryAfter: string): Script {
  return failure(429, { headers: [['retry-after', retryAfter]] })
}

/** 503 with `Retry-After` where given. */
export function unavailable(retryAfter?: string): Script {
  return failure(503, retryAfter === undefined ? {} : { headers: [['retry-after', retryAfter]] })
}

/** Bytes of one server-sent event; a value that is no string is sent as JSON. */
export function event(data: unknown, name?: string): string {
  const text = typeof data === 'string' ? data : JSON.stringify(data)
  return `${name === undefined ? '' : `event: ${name}\n`}data: ${text}\n\n`
}

/**
 * Waits for the whole request, then sends an event stream whose bytes are the steps (each piece of bytes is one write and one
 * chunk), and ends it cleanly. Put a gate between two events to hold the second back, and `reset` to break the stream.
 */
export function eventStream(parts: readonly Step[], options: EventStreamOptions = {}): Script {
  const { status = 200, headers = [], framing = 'chunked' } = options
  const chunked = framing === 'chunked'
  const fields: readonly Field[] = [
    ['content-type', 'text/event-stream'],
    ...headers,
    chunked ? ['transfer-encoding', 'chunked'] : ['connection', 'close'],
  ]
  const framed = parts.map((part) => (chunked && isBytes(part) ? chunk(part) : part))
  return steps(wholeRequest, head(status, fields), ...framed, chunked ? lastChunk() : fin)
}

function isBytes(step: Step): step is Bytes {
  return typeof step === 'string' || step instanceof Uint8Array
}
