/** An HTTP/2 client for tests: node:http2 with answers to wait for. Knows no gateway. */

import { connect, constants } from 'node:http2'
import type {
  ClientHttp2Session,
  ClientHttp2Stream,
  ClientSessionRequestOptions,
  IncomingHttpHeaders,
  OutgoingHttpHeaders,
  SecureClientSessionOptions,
} from 'node:http2'

/** One request and its reply so far. */
export class Http2Call {
  readonly stream: ClientHttp2Stream
  headers: IncomingHttpHeaders | undefined
  trailers: IncomingHttpHeaders | undefined
  text = ''
  /** The reply came to its end, and no error followed. */
  whole = false
  readonly #waiting = new Set<() => void>()

  constructor(stream: ClientHttp2Stream) {
    this.stream = stream
    stream.setEncoding('utf8')
    stream.on('response', (headers) => this.#note(() => (this.headers = headers)))
    stream.on('trailers', (trailers) => this.#note(() => (this.trailers = trailers)))
    stream.on('data', (chunk: string) => this.#note(() => (this.text += chunk)))
    stream.on('end', () => this.#note(() => (this.whole = stream.rstCode === 0)))
    // What becomes of it is told by `close` and its code.
    stream.on('error', () => {})
    stream.on('close', () => this.#note(() => {}))
  }

  get status(): number | undefined {
    const status = this.headers?.[':status']
    return status === undefined ? undefined : Number(status)
  }

  /** Resolves with the fields of the reply. */
  head(): Promise<IncomingHttpHeaders> {
    return this.#until(() => this.headers)
  }

  /** Resolves when the body so far contains the text. */
  until(text: string): Promise<string> {
    return this.#until(() => (this.text.includes(text) ? this.text : undefined))
  }

  /** Resolves when the stream is over, with the code of its RST_STREAM, 0 for none. */
  async closed(): Promise<number> {
    while (!this.stream.destroyed) await this.#change()
    return this.stream.rstCode
  }

  async #until<T>(look: () => T | undefined): Promise<T> {
    for (;;) {
      const found = look()
      if (found !== undefined) return found
      if (this.stream.destroyed) throw new Error(`the stream ended (code ${this.stream.rstCode}): ${this.text}`)
      await this.#change()
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve))
  }

  #note(change: () => void): void {
    change()
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
  }
}

/** One session. */
export class Http2Client {
  readonly session: ClientHttp2Session
  /** Codes of the GOAWAYs that came. */
  readonly goaways: number[] = []

  constructor(session: ClientHttp2Session) {
    this.session = session
    session.on('goaway', (code) => this.goaways.push(code))
    session.on('error', () => {})
  }

  /** Opens a stream; its upload is left open unless `endStream` is set. */
  open(headers: OutgoingHttpHeaders, options: ClientSessionRequestOptions = {}): Http2Call {
    return new Http2Call(this.session.request(headers, options))
  }

  /** A whole request; resolves when the stream is over. */
  async ask(headers: OutgoingHttpHeaders, body?: string): Promise<Http2Call> {
    const call = this.open(headers, { endStream: body === undefined })
    if (body !== undefined) call.stream.end(body)
    await call.closed()
    return call
  }

  /** Resolves when the connection is over. */
  async closed(): Promise<void> {
    if (!this.session.destroyed) await new Promise<void>((resolve) => this.session.once('close', resolve))
  }

  [Symbol.dispose](): void {
    this.session.destroy()
  }
}

/** Connects to an `http:` or `https:` URL. */
export async function connectHttp2(url: string, options: SecureClientSessionOptions = {}): Promise<Http2Client> {
  const session = connect(url, options)
  await new Promise<void>((resolve, reject) => {
    session.once('remoteSettings', () => resolve())
    session.once('error', reject)
  })
  return new Http2Client(session)
}

/** Codes of RST_STREAM and GOAWAY. */
export const codes: Readonly<Record<'none' | 'protocol' | 'internal' | 'cancel' | 'calm', number>> = {
  none: constants.NGHTTP2_NO_ERROR,
  protocol: constants.NGHTTP2_PROTOCOL_ERROR,
  internal: constants.NGHTTP2_INTERNAL_ERROR,
  cancel: constants.NGHTTP2_CANCEL,
  calm: constants.NGHTTP2_ENHANCE_YOUR_CALM,
}
