/** Turns the bytes of one connection into replies, strictly. Knows no sockets; is told what was asked. */

import { BodyReader, type BodyState } from './http-body.ts'
import {
  type Field,
  fieldValues,
  type Framing,
  FramingError,
  type MessageHead,
  parseStatusLine,
  replyFraming,
  type StatusLine,
  takeHead,
} from './http-head.ts'
import type { Changes } from './changes.ts'

const version = 'HTTP/1.1 '

/** Status and fields of an interim (1xx) reply. */
export interface InterimReply {
  readonly status: number
  readonly headers: readonly Field[]
}

/** One final reply as it arrives: from its head on; the body fills up afterwards. */
export class ReceivedReply {
  /** The 1xx replies that came before. */
  readonly interim: readonly InterimReply[]
  readonly #head: MessageHead
  readonly #line: StatusLine
  readonly #body: BodyReader
  readonly #changes: Changes
  #fault: unknown

  constructor(head: MessageHead, method: string, interim: readonly InterimReply[], changes: Changes) {
    this.interim = interim
    this.#head = head
    this.#line = parseStatusLine(head.startLine)
    this.#body = new BodyReader(replyFraming(method, this.#line.status, head.fields))
    this.#changes = changes
  }

  get status(): number {
    return this.#line.status
  }

  get reason(): string {
    return this.#line.reason
  }

  /** Field lines in order and in their original case. */
  get headers(): readonly Field[] {
    return this.#head.fields
  }

  get framing(): Framing['kind'] {
    return this.#body.framing.kind
  }

  /** Bytes of the body that have arrived, without the framing. */
  get body(): Buffer {
    return this.#body.bytes
  }

  /** `body` as UTF-8. */
  get text(): string {
    return this.body.toString('utf8')
  }

  get trailers(): readonly Field[] {
    return this.#body.trailers
  }

  get state(): BodyState {
    return this.#body.state
  }

  /** All values of a field, by name without case. */
  values(name: string): string[] {
    return fieldValues(this.headers, name)
  }

  /** The first value of a field. */
  header(name: string): string | undefined {
    return this.values(name)[0]
  }

  /** Resolves with `whole` or `cut` once the reply has come to its end; rejects with `FramingError` when its body is malformed. */
  settled(): Promise<'whole' | 'cut'> {
    return this.#changes.until(() => {
      if (this.#fault !== undefined) throw this.#fault
      return this.state === 'reading' ? undefined : this.state
    })
  }

  /** Resolves with the body so far when it contains the text; rejects when the body ends without it. */
  until(text: string): Promise<string> {
    return this.#changes.until(() => {
      if (this.text.includes(text)) return this.text
      if (this.state === 'reading') return undefined
      throw new Error(`the body ended (${this.state}) without ${JSON.stringify(text)}: ${JSON.stringify(this.text)}`)
    })
  }

  /** Used by the reader: takes its part of the bytes and gives back the rest. */
  push(bytes: Buffer): Buffer {
    try {
      return this.#body.push(bytes)
    } catch (error) {
      this.#fault = error
      this.#body.end(false)
      return Buffer.alloc(0)
    }
  }

  /** Used by the reader: nothing more will come. */
  end(clean: boolean): void {
    this.#body.end(clean)
  }
}

/** Reads replies on demand: bytes that nobody asked for stay in `unread`. */
export class ReplyReader {
  unread: Buffer = Buffer.alloc(0)
  #current: ReceivedReply | undefined

  push(bytes: Buffer): void {
    this.unread = this.unread.length === 0 ? bytes : Buffer.concat([this.unread, bytes])
    this.#feed()
  }

  /** The next final reply to a request of this method; undefined while its head is not there or another is being read. */
  take(method: string, interim: InterimReply[], changes: Changes): ReceivedReply | undefined {
    for (;;) {
      const head = this.#takeHead()
      if (head === undefined) return undefined
      const status = this.#statusOf(head)
      if (status >= 200) {
        this.#current = new ReceivedReply(head, method, interim, changes)
        this.#feed()
        return this.#current
      }
      interim.push({ status, headers: head.fields })
    }
  }

  /** The status of the next interim reply; undefined while it is not there. Throws when a final reply comes first. */
  takeInterim(): number | undefined {
    const head = this.#takeHead()
    if (head === undefined) return undefined
    const status = this.#statusOf(head)
    if (status >= 200) throw new Error(`a final reply came without an interim one: ${head.startLine}`)
    return status
  }

  end(clean: boolean): void {
    this.#current?.end(clean)
  }

  #takeHead(): MessageHead | undefined {
    if (this.#current?.state === 'reading') return undefined
    const start = this.unread.toString('latin1', 0, version.length)
    if (!version.startsWith(start)) throw new FramingError(`not an HTTP/1.1 reply: ${JSON.stringify(start)}`)
    const head = takeHead(this.unread)
    if (head !== undefined) this.unread = this.unread.subarray(head.bytes.length)
    return head
  }

  #statusOf(head: MessageHead): number {
    const { status } = parseStatusLine(head.startLine)
    if (status === 101) throw new FramingError('101: the connection no longer speaks HTTP')
    return status
  }

  #feed(): void {
    if (this.#current?.state === 'reading' && this.unread.length > 0) this.unread = this.#current.push(this.unread)
  }
}
