/** The head of one request as the policies see it. Made once by a mount; knows no sockets. */

import type { Facts } from '@headgate/matcher'
import { sameName } from '@headgate/proxy'
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

  /** The field's value, repeated ones joined with `, ` (RFC 9110 section 5.3), cookies with `; ` (RFC 9113 section 8.2.3). `name` is lower case. */
  header(name: string): string | undefined {
    return rawHeader(this.rawHeaders, name)
  }
}

function rawHeader(raw: readonly string[], name: string): string | undefined {
  let found: string | undefined
  for (let at = 0; at < raw.length; at += 2) {
    const field = raw[at] as string
    if (!sameName(field, name)) continue
    const value = raw[at + 1] as string
    found = found === undefined ? value : `${found}${name === 'cookie' ? '; ' : ', '}${value}`
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
  const facts = new HeadFacts(head.rawHeaders)
  if (facts.hosts > 1) return new Refusal(400, 'bad_host', 'The request has more than one Host field')
  if (facts.hosts === 0 && head.httpVersion === '1.1')
    return new Refusal(400, 'bad_host', 'The request has no Host field')
  const field = target.authority ?? facts.host
  const host = field === undefined ? '' : readHost(field)
  if (host === undefined) return new Refusal(400, 'bad_host', 'The Host field is not valid')
  const framing = framingProblem(facts, head.httpVersion)
  if (framing !== undefined) return framing
  const path = prefix === '' ? target.path : stripPrefix(target.path, prefix)
  return new Incoming(head, path, target, field, host, trustedHops)
}

/** What must be known of every head, read in one go. */
class HeadFacts {
  hosts = 0
  host: string | undefined
  coding: string | undefined
  length: string | undefined

  constructor(raw: readonly string[]) {
    for (let at = 0; at < raw.length; at += 2) {
      const name = raw[at] as string
      const value = raw[at + 1] as string
      switch (name.length) {
        case 4:
          if (!sameName(name, 'host')) break
          this.hosts++
          this.host = value
          break
        case 14:
          if (sameName(name, 'content-length')) this.length = joined(this.length, value)
          break
        case 17:
          if (sameName(name, 'transfer-encoding')) this.coding = joined(this.coding, value)
          break
        default:
      }
    }
  }
}

function joined(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before}, ${value}`
}

/** Digits alone, and few enough for a number to keep them all: Node's parser takes 64 bits. */
const plainLength = /^[0-9]{1,15}$/

function framingProblem({ coding, length }: HeadFacts, httpVersion: string): Refusal | undefined {
  if (coding === undefined) {
    return length === undefined || plainLength.test(length)
      ? undefined
      : new Refusal(400, 'bad_framing', 'The Content-Length is not a length that any body has')
  }
  if (httpVersion === '1.0') return new Refusal(400, 'bad_framing', 'Transfer-Encoding is not part of HTTP/1.0')
  if (coding.trim().toLowerCase() !== 'chunked') {
    return new Refusal(501, 'bad_framing', 'Only the transfer coding chunked is understood')
  }
  return length === undefined
    ? undefined
    : new Refusal(400, 'bad_framing', 'The request has both Content-Length and Transfer-Encoding')
}

/** Length of the body that the head announces: 0 none, -1 unknown (chunked). */
export function announcedLength(incoming: Incoming): number {
  if (incoming.header('transfer-encoding') !== undefined) return -1
  const length = incoming.header('content-length')
  return length === undefined ? 0 : Number(length)
}
