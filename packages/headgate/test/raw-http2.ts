/** HTTP/2 in clear text, frame by frame, for what node:http2 hides or repairs. It reads no field of a reply. Knows no gateway. */

import { connect } from 'node:net'
import type { Socket } from 'node:net'

export type FrameName = 'data' | 'headers' | 'rst' | 'settings' | 'ping' | 'goaway' | 'window' | 'continuation'

const types: Readonly<Record<FrameName, number>> = {
  data: 0,
  headers: 1,
  rst: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  window: 8,
  continuation: 9,
}

const endStream = 0x1
const endHeaders = 0x4
const ack = 0x1

export interface Frame {
  readonly name: FrameName | undefined
  readonly stream: number
  readonly endsStream: boolean
  readonly payload: Buffer
}

export class RawHttp2 {
  /** Every frame so far. */
  readonly frames: Frame[] = []
  over = false
  readonly #socket: Socket
  readonly #waiting = new Set<() => void>()
  #unread: Buffer = Buffer.alloc(0)

  /** `window`: bytes that the peer may send on each stream before it is allowed more. */
  constructor(socket: Socket, window: number) {
    this.#socket = socket
    socket.on('data', (bytes: Buffer) => this.#read(bytes))
    socket.on('error', () => {})
    socket.on('close', () => {
      this.over = true
      this.#wake()
    })
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    const initialWindowSize = Buffer.alloc(6)
    initialWindowSize.writeUInt16BE(4)
    initialWindowSize.writeUInt32BE(window, 2)
    this.send('settings', 0, 0, initialWindowSize)
  }

  send(name: FrameName, flags: number, stream: number, payload: Buffer): void {
    const head = Buffer.alloc(9)
    head.writeUIntBE(payload.length, 0, 3)
    head[3] = types[name]
    head[4] = flags
    head.writeUInt32BE(stream, 5)
    this.#socket.write(Buffer.concat([head, payload]))
  }

  /** The head of a request; the fields as given, pseudo-header fields among them. */
  request(stream: number, fields: readonly (readonly [string, string])[], ends: boolean): void {
    this.send('headers', endHeaders | (ends ? endStream : 0), stream, fieldBlock(fields))
  }

  data(stream: number, text: string, ends = false): void {
    this.send('data', ends ? endStream : 0, stream, Buffer.from(text))
  }

  /** RST_STREAM. */
  reset(stream: number, code: number): void {
    const payload = Buffer.alloc(4)
    payload.writeUInt32BE(code)
    this.send('rst', 0, stream, payload)
  }

  /** Lets the peer send that many more bytes on a stream and on the connection. */
  allow(stream: number, bytes: number): void {
    const payload = Buffer.alloc(4)
    payload.writeUInt32BE(bytes)
    this.send('window', 0, 0, payload)
    this.send('window', 0, stream, payload)
  }

  /** Resolves when the condition holds; rejects when the connection ends before. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.over) throw new Error('the connection is over')
      await new Promise<void>((resolve) => this.#waiting.add(resolve))
    }
  }

  /** Resolves when everything that the peer sent before it answered a PING is there. */
  async settle(): Promise<void> {
    const answers = (): number => this.frames.filter(({ name }) => name === 'ping').length
    const before = answers()
    this.send('ping', 0, 0, Buffer.alloc(8))
    await this.until(() => answers() > before)
  }

  /** Resolves when the peer has closed the connection. */
  async closed(): Promise<void> {
    while (!this.over) await new Promise<void>((resolve) => this.#waiting.add(resolve))
  }

  /** The frames of one stream in a few words: `headers`, `data`, `data end`, `rst 0`; neighbours that are alike once. */
  story(stream: number): readonly string[] {
    const words = this.frames.filter((frame) => frame.stream === stream && frame.name !== 'window').map(describe)
    return words.filter((word, index) => word !== words[index - 1])
  }

  /** Bytes of data on one stream. */
  bytes(stream: number): number {
    const data = this.frames.filter((frame) => frame.stream === stream && frame.name === 'data')
    return data.reduce((sum, { payload }) => sum + payload.length, 0)
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }

  #read(bytes: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, bytes])
    while (this.#unread.length >= 9) {
      const length = this.#unread.readUIntBE(0, 3)
      if (this.#unread.length < 9 + length) break
      const type = this.#unread[3]
      const flags = this.#unread[4] ?? 0
      const name = (Object.keys(types) as FrameName[]).find((each) => types[each] === type)
      const endsStream = (name === 'data' || name === 'headers') && (flags & endStream) !== 0
      const payload = this.#unread.subarray(9, 9 + length)
      if (name === 'settings' && (flags & ack) === 0) this.send('settings', ack, 0, Buffer.alloc(0))
      this.frames.push({ name, stream: this.#unread.readUInt32BE(5), endsStream, payload })
      this.#unread = this.#unread.subarray(9 + length)
    }
    this.#wake()
  }

  #wake(): void {
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
  }
}

export async function connectRawHttp2(port: number, window: number = 65_535): Promise<RawHttp2> {
  const socket = connect(port, '127.0.0.1')
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  return new RawHttp2(socket, window)
}

/** The pseudo-header fields of a request. */
export function pseudo(method: string, path: string, authority: string): readonly (readonly [string, string])[] {
  return [
    [':method', method],
    [':scheme', 'http'],
    [':path', path],
    [':authority', authority],
  ]
}

/** Each field literal and without an index (RFC 7541 section 6.2.2). */
function fieldBlock(fields: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.from([0]), literal(name), literal(value)]))
}

function literal(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1')
  if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes])
  const length = [127]
  let rest = bytes.length - 127
  for (; rest >= 128; rest >>= 7) length.push((rest & 127) | 128)
  return Buffer.concat([Buffer.from([...length, rest]), bytes])
}

function describe({ name, endsStream, payload }: Frame): string {
  if (name === 'rst') return `rst ${payload.readUInt32BE()}`
  return endsStream ? `${name} end` : (name ?? 'unknown')
}
