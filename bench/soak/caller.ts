/** One caller: a connection on which it makes its requests, one after the other, and judges what it gets. */
import { connectRaw } from '@headgate/testing'
import type { RawClient, ReceivedReply } from '@headgate/testing'
import { bodyOf, kindOf } from './orders.ts'
import type { Order } from './orders.ts'

/** What a caller saw of one request: `left` when it did not stay to see it. */
export type Seen = 'whole' | 'cut' | 'none' | 'left'

export class Caller {
  readonly #url: string
  #client: RawClient | undefined

  constructor(url: string) {
    this.#url = url
  }

  /** Makes the request. Throws an Error that says what must not happen. */
  async make(order: Order): Promise<Seen> {
    this.#client = this.#client?.state === 'open' ? this.#client : await connectRaw(this.#url)
    const client = this.#client
    if (order.malformed) return await this.#refused(client, order)
    const sent = this.#send(client, order)
    if (order.leavesAfter !== undefined) {
      for (let turn = 0; turn < order.leavesAfter; turn++) await nextTurn()
      this.#leave(client, order.leavesBy)
      return 'left'
    }
    const reply = await client.reply(order.method).catch(() => undefined)
    if (reply === undefined) {
      this.#leave(client, 'reset')
      return 'none'
    }
    if (order.readsSlowly) {
      client.stopReading()
      for (let turn = 0; turn < 20; turn++) await nextTurn()
      client.resumeReading()
    }
    const end = await reply.settled()
    if (end === 'whole') judge(order, reply)
    if (end === 'cut' || reply.header('connection') === 'close') this.#leave(client, 'reset')
    await sent
    return end
  }

  leave(): void {
    this.#client?.abort()
  }

  async #refused(client: RawClient, order: Order): Promise<Seen> {
    void client.write(`POST ${order.path} HTTP/1.1\r\nhost: h\r\nx-id: ${order.id}\r\ncontent-length: 3, 3\r\n\r\nabc`)
    const { status } = await client.reply('POST')
    if (status !== 400) throw new Error(`${order.id}: a malformed request got ${status}`)
    await client.ended()
    this.#leave(client, 'reset')
    return 'whole'
  }

  async #send(client: RawClient, order: Order): Promise<void> {
    const { id, method, path, uploadBytes, upload, replyBytes } = order
    const body = bodyOf(id, uploadBytes)
    const framing = upload === 'chunked' ? 'transfer-encoding: chunked' : `content-length: ${uploadBytes}`
    const lines = [
      `${method} ${path}/v1/chat HTTP/1.1`,
      'host: h',
      `x-id: ${id}`,
      `x-tenant: ${id.slice(-1)}`,
      `x-faults: ${order.faults.join(',')}`,
      `x-upload: ${uploadBytes}`,
      `x-reply: ${replyBytes}`,
      ...(method === 'POST' ? [framing] : []),
    ]
    await client.write(`${lines.join('\r\n')}\r\n\r\n`)
    if (method === 'GET') return
    for (let at = 0; at < body.length; at += 20_000) {
      const piece = body.subarray(at, at + 20_000)
      await client.write(upload === 'chunked' ? `${piece.length.toString(16)}\r\n${piece.toString()}\r\n` : piece)
    }
    if (upload === 'chunked') await client.write('0\r\n\r\n')
  }

  #leave(client: RawClient, by: 'reset' | 'fin'): void {
    if (by === 'fin') client.fin()
    else client.abort()
    this.#client = undefined
  }
}

/** A reply that looks whole must be whole. */
function judge(order: Order, reply: ReceivedReply): void {
  if (reply.status !== 200) return
  if (!reply.body.equals(bodyOf(order.id, order.replyBytes))) throw new Error(`${order.id}: another body, as if whole`)
  if (order.faults.every((fault) => kindOf(fault) === 'cut' || kindOf(fault) === 'none')) {
    throw new Error(`${order.id}: whole, though every reply breaks (${order.faults.join(', ')})`)
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
