/** The head of one request as the policies see it. Made once by a mount; knows no sockets. */

import type { Facts } from '@headgate/matcher'
import type { CallerFacts } from '@headgate/proxy'
import type { Answer, AnswerCode } from '../answers.ts'
import { readHost, readTarget, stripPrefix } from './target.ts'
import type { Target } from './target.ts'

/** What a mount hands over. */
export interface IncomingHead {
  readonly method: string
  /** The request target as received: `/v1/models?x=1` or `http://host/path`. */
  readonly target: string
  readonly httpVersion: string
  /** Flat: name, value, name, value, as received. */
  readonly rawHeaders: readonly string[]
  /** Node's own lower-cased view where there is one; only used to be quick. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>> | undefined
  readonly remoteAddress: string
  readonly protocol: 'http' | 'https'
}

/** A head that must not be acted on: answered by headgate, never forwarded. */
export class Refusal {
  readonly answer: Answer
  constructor(status: number, code: AnswerCode, message: string) {
    // The connection is not read any further: where this request ends is not certain.
    this.answer = { code, status, message: `${message}.`, headers: ['connection', 'close'] }
  }
}

/** Fields whose repetition Node drops or that are names of its prototype: read from the raw list instead. */
const readRaw: ReadonlySet<string> = new Set([
  'age',
  'authorization',
  'content-length',
  'content-type',
  'etag',
  'expires',
  'from',
  'host',
  'if-modified-since',
  'if-unmodified-since',
  'last-modified',
  'location',
  'max-forwards',
  'proxy-authorization',
  'referer',
  'retry-after',
  'server',
  'set-cookie',
  'user-agent',
  ...Object.getOwnPropertyNames(Object.prototype).map((name) => name.toLowerCase()),
])

export class Incoming implements Facts {
  readonly method: string
  readonly path: string
  /** With its `?`, or empty. */
  readonly search: string
  /** Lower case, without port; empty when an HTTP/1.0 caller sent none. */
  readonly host: string
  /** Set when the target was in absolute form: replaces the Host field on the way to the backend. */
  readonly authority: string | undefined
  readonly rawHeaders: readonly string[]
  /** What the forwarded fields are made from; `host` is the field as received. */
  readonly caller: CallerFacts
  readonly #targetPath: string
  readonly #trustedHops: number
  readonly #headers: Readonly<Record<string, string | readonly string[] | undefined>> | undefined

  constructor(
    head: IncomingHead,
    path: string,
    target: Target,
    field: string | undefined,
    host: string,
    trustedHops: number,
  ) {
    this.method = head.method
    this.path = path
    this.search = target.search
    this.host = host
    this.authority = target.authority
    this.rawHeaders = head.rawHeaders
    const { remoteAddress, protocol, httpVersion } = head
    this.caller = { remoteAddress, protocol, httpVersion, host: field }
    this.#headers = head.headers
    this.#targetPath = target.path
    this.#trustedHops = trustedHops
  }

  /** A method that may be sent again unasked (RFC 9110 section 9.2.1). */
  get safe(): boolean {
    return this.method === 'GET' || this.method === 'HEAD' || this.method === 'OPTIONS'
  }

  /** The caller's SDK sends it again by itself (`x-stainless-retry-count` of OpenAI's and Anthropic's clients). */
  get isRepeat(): boolean {
    const count = this.header('x-stainless-retry-count')
    return count !== undefined && count !== '0'
  }

  /**
   * Where the request came from: the peer, or with trusted proxies in front what the outermost of them saw, which is the
   * entry that many from the right of `X-Forwarded-For` (Envoy `xff_num_trusted_hops`).
   */
  get remoteAddress(): string {
    const { remoteAddress } = this.caller
    if (this.#trustedHops === 0) return remoteAddress
    const chain = rawHeader(this.rawHeaders, 'x-forwarded-for')?.split(',') ?? []
    return chain.at(-this.#trustedHops)?.trim() ?? remoteAddress
  }

  /** What the mount took off the front of the path; empty where it took nothing. */
  get mountPath(): string {
    const whole = this.#targetPath
    if (whole === this.path) return ''
    return whole.endsWith(this.path) ? whole.slice(0, -this.path.length) : whole
  }

  /** Without `?`. */
  get query(): string {
    return this.search.length > 1 ? this.search.slice(1) : ''
  }

  /** The field's value, repeated ones joined with `, ` (RFC 9110 section 5.3). `name` is lower case. */
  header(name: string): string | undefined {
    const headers = this.#headers
    if (headers === undefined || readRaw.has(name)) return rawHeader(this.rawHeaders, name)
    const value = headers[name]
    return typeof value === 'string' ? value : undefined
  }
}

function rawHeader(raw: readonly string[], name: string): string | undefined {
  let found: string | undefined
  for (let at = 0; at < raw.length; at += 2) {
    const field = raw[at] as string
    if (field.length !== name.length || field.toLowerCase() !== name) continue
    const value = raw[at + 1] as string
    found = found === undefined ? value : `${found}, ${value}`
  }
  return found
}

/** Node's parser also lets HTTP/0.9 pass, and a request line that claims to be HTTP/2 (RFC 9112 section 2.3). */
const versions: ReadonlySet<string> = new Set(['1.1', '1.0', '2.0'])

/** Reads a head; what is ambiguous or hostile comes back as a refusal (reliability: framing, target, Host). */
export function readIncoming(head: IncomingHead, prefix: string, trustedHops: number): Incoming | Refusal {
  if (head.method === 'TRACE' || head.method === 'CONNECT') {
    return new Refusal(405, 'method_not_allowed', `${head.method} is not served here`)
  }
  if (!versions.has(head.httpVersion)) {
    return new Refusal(505, 'bad_framing', 'This version of HTTP is not served here')
  }
  const target = readTarget(head.target)
  if (typeof target === 'string') return new Refusal(400, 'bad_target', target)
  const hosts = countField(head.rawHeaders, 'host')
  if (hosts > 1) return new Refusal(400, 'bad_host', 'The request has more than one Host field')
  if (hosts === 0 && head.httpVersion === '1.1') return new Refusal(400, 'bad_host', 'The request has no Host field')
  const field = target.authority ?? (hosts === 0 ? undefined : rawHeader(head.rawHeaders, 'host'))
  const host = field === undefined ? '' : readHost(field)
  if (host === undefined) return new Refusal(400, 'bad_host', 'The Host field is not valid')
  const framing = framingProblem(head)
  if (framing !== undefined) return framing
  const path = prefix === '' ? target.path : stripPrefix(target.path, prefix)
  return new Incoming(head, path, target, field, host, trustedHops)
}

function framingProblem(head: IncomingHead): Refusal | undefined {
  const coding = rawHeader(head.rawHeaders, 'transfer-encoding')
  if (coding === undefined) return lengthProblem(head)
  if (head.httpVersion === '1.0') {
    return new Refusal(400, 'bad_framing', 'Transfer-Encoding is not part of HTTP/1.0')
  }
  if (coding.trim().toLowerCase() !== 'chunked') {
    return new Refusal(501, 'bad_framing', 'Only the transfer coding chunked is understood')
  }
  return countField(head.rawHeaders, 'content-length') > 0
    ? new Refusal(400, 'bad_framing', 'The request has both Content-Length and Transfer-Encoding')
    : undefined
}

/** Digits alone, and few enough for a number to keep them all: Node's parser takes 64 bits. */
const plainLength = /^[0-9]{1,15}$/

function lengthProblem(head: IncomingHead): Refusal | undefined {
  const length = rawHeader(head.rawHeaders, 'content-length')
  return length === undefined || plainLength.test(length)
    ? undefined
    : new Refusal(400, 'bad_framing', 'The Content-Length is not a length that any body has')
}

function countField(raw: readonly string[], name: string): number {
  let count = 0
  for (let at = 0; at < raw.length; at += 2) {
    const field = raw[at] as string
    if (field.length === name.length && field.toLowerCase() === name) count++
  }
  return count
}

/** Length of the body that the head announces: 0 none, -1 unknown (chunked). */
export function announcedLength(incoming: Incoming): number {
  if (incoming.header('transfer-encoding') !== undefined) return -1
  const length = incoming.header('content-length')
  return length === undefined ? 0 : Number(length)
}
