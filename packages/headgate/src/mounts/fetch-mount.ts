/** The mount that speaks fetch: a web Request in, a web Response out. */

import { Readable } from 'node:stream'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import { gatherBytes, RequestBody } from '@headgate/proxy'
import { FetchReply } from './fetch-reply.ts'
import type { Gateway } from '../gateway.ts'
import { Refusal, announcedLength, readIncoming } from '../request/incoming.ts'
import type { Incoming } from '../request/incoming.ts'
import { prefixOption } from './mount-options.ts'
import type { MountOptions } from './mount-options.ts'
import { headOfRead } from './node-mount.ts'

export interface FetchRequestOptions {
  /** Address of the caller, where the server knows it. Default empty: `unknown` in the forwarded fields. */
  readonly remoteAddress?: string
  /** Gives a body that something in front has already read, without decoding it. Called once a route matched. */
  readonly readBody?: () => Promise<Buffer>
}

/** Resolves with undefined when no route matches. Rejects only when `readBody` does. */
export type FetchMatch = (request: Request, options?: FetchRequestOptions) => Promise<Response | undefined>

/** As `FetchMatch`, with a 404 when no route matches. */
export type FetchHandler = (request: Request, options?: FetchRequestOptions) => Promise<Response>

export function fetchHandler(gate: Gateway, options: MountOptions = {}): FetchHandler {
  const handle = fetchServer(gate, options, true)
  return async (request, given) => (await handle(request, given)) ?? new Response(null, { status: 404 })
}

/** For frameworks with handlers of their own behind this one. */
export function fetchMatcher(gate: Gateway, options: MountOptions = {}): FetchMatch {
  return fetchServer(gate, options, false)
}

function fetchServer(gate: Gateway, options: MountOptions, answerUnmatched: boolean): FetchMatch {
  const prefix = prefixOption(options)
  return (request, given = {}) => {
    const { promise, resolve, reject } = Promise.withResolvers<Response | undefined>()
    const reply = new FetchReply(request.method, resolve)
    const head = fetchHead(request, given)
    const incoming = readIncoming(head, prefix, gate.port.trustedHops)
    if (incoming instanceof Refusal) {
      gate.port.refuse(incoming.answer, undefined, reply)
      return promise
    }
    const plan = gate.port.match(incoming)
    if (plan === undefined) {
      if (answerUnmatched) gate.port.refuse({ code: 'no_route' }, incoming, reply)
      else resolve(undefined)
      return promise
    }
    const { signal } = request
    signal.addEventListener('abort', () => reply.abort(), { once: true })
    const carry = (carried: Incoming, body: RequestBody): void => {
      gate.port.carry(plan, carried, body, reply)
      if (signal.aborted) reply.abort()
    }
    if (given.readBody === undefined) carry(incoming, fetchBody(gate, request, incoming))
    else {
      const read = (body: Buffer): void => {
        const carried = readIncoming(headOfRead(head, body.length, true), prefix, gate.port.trustedHops)
        carry(carried as Incoming, RequestBody.bytes(body))
      }
      given.readBody().then(read).catch(reject)
    }
    return promise
  }
}

function fetchHead(request: Request, given: FetchRequestOptions): Parameters<typeof readIncoming>[0] {
  const rawHeaders: string[] = []
  // A Request has no request line: its URL gives the target, and the host that was asked for.
  const [scheme, rest] = splitUrl(request.url)
  const slash = rest.indexOf('/')
  const authority = slash === -1 ? rest : rest.slice(0, slash)
  let host = false
  // In fetch these never have a body, whatever their fields say.
  const bodiless = request.method === 'GET' || request.method === 'HEAD'
  for (const [name, value] of request.headers) {
    if (bodiless && (name === 'content-length' || name === 'transfer-encoding')) continue
    rawHeaders.push(name, name === 'host' ? hostField(value, authority) : value)
    if (name === 'host') host = true
  }
  if (!host && authority !== '') rawHeaders.push('host', authority)
  const target = slash === -1 ? '/' : rest.slice(slash).replace(/#.*$/, '')
  return {
    method: request.method,
    target,
    httpVersion: '1.1',
    rawHeaders,
    remoteAddress: given.remoteAddress ?? '',
    protocol: scheme === 'https' ? 'https' : 'http',
  }
}

/** The field as sent where the URL says the same; else the URL came from an absolute-form target (RFC 9112, 3.2.2). */
function hostField(value: string, authority: string): string {
  const sent = value.toLowerCase()
  const same = sent === authority || sent === `${authority}:80` || sent === `${authority}:443`
  // Two fields are refused later, whatever the URL says.
  return same || sent.includes(',') || authority === '' ? value : authority
}

function splitUrl(url: string): readonly [string, string] {
  const at = url.indexOf('://')
  return [url.slice(0, at), url.slice(at + 3)]
}

function fetchBody(gate: Gateway, request: Request, incoming: Incoming): RequestBody {
  const length = announcedLength(incoming)
  if (length === 0 && (incoming.header('content-length') === '0' || request.body === null)) return RequestBody.none()
  const { keepPerRequest, budget } = gate.port.bodies
  const small = length > 0 && length <= gatherBytes
  const source = small ? new WholeBody(request) : Readable.fromWeb(request.body as NodeReadableStream<Uint8Array>)
  return RequestBody.stream(source, length > 0 ? length : undefined, keepPerRequest, budget)
}

/** Reads a body whole, once somebody wants it: servers have quicker ways to it than a web stream. */
class WholeBody extends Readable {
  readonly #request: Request
  #begun = false

  constructor(request: Request) {
    super()
    this.#request = request
  }

  override _read(): void {
    if (this.#begun) return
    this.#begun = true
    this.#request.arrayBuffer().then(
      (bytes) => {
        this.push(Buffer.from(bytes))
        this.push(null)
      },
      (error: unknown) => this.destroy(error instanceof Error ? error : new Error(String(error))),
    )
  }
}
