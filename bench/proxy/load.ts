/** The callers: a fixed number of connections, one call at a time on each, every reply checked. */
import { createConnection } from 'node:net'
import type { Socket } from 'node:net'
import { once } from 'node:events'
import { serveQuestions } from './messages.ts'
import type { Call, Connect } from './messages.ts'
import { ReplyReader } from './reply-reader.ts'
import { answer, event, eventsPerStream, requestBytes, routeCount, tenantCount } from './traffic.ts'

/** Longest time for one order of calls. */
const orderMs = 25_000
/** Every pair of a route and a tenant comes up. */
const variety = routeCount * tenantCount
const requests = [false, true].map((stream) =>
  Array.from({ length: variety }, (_, index) => requestBytes(index, stream)),
)
const wholeStream = Buffer.concat(Array.from({ length: eventsPerStream }, () => event))

interface Order {
  readonly stream: boolean
  /** Calls that are not yet begun, and replies that are not yet whole. */
  toBegin: number
  toEnd: number
  readonly done: () => void
  readonly failed: (error: Error) => void
}

let order: Order | undefined
let callers: Caller[] = []
let begun = 0

class Caller {
  readonly socket: Socket
  readonly #reader = new ReplyReader()

  constructor(port: number) {
    this.socket = createConnection(port, '127.0.0.1').setNoDelay(true)
    this.socket.on('data', (bytes) => this.#read(bytes))
    this.socket.on('error', (error) => order?.failed(error))
    this.socket.on('close', () => order?.failed(new Error('the proxy closed a connection')))
  }

  begin(): void {
    if (order === undefined || order.toBegin === 0) return
    order.toBegin--
    this.#reader.due = order.stream ? wholeStream : answer
    const request = requests[order.stream ? 1 : 0]?.[begun++ % variety]
    if (request !== undefined) this.socket.write(request)
  }

  #read(bytes: Buffer): void {
    const present = order
    if (present === undefined) return
    try {
      if (!this.#reader.push(bytes)) return
    } catch (error) {
      present.failed(error instanceof Error ? error : new Error(String(error)))
      return
    }
    if (--present.toEnd === 0) present.done()
    else this.begin()
  }
}

async function connect({ port, connections }: Connect): Promise<void> {
  callers = Array.from({ length: connections }, () => new Caller(port))
  await Promise.all(callers.map(({ socket }) => once(socket, 'connect')))
}

/** How long the calls took, in ms. */
async function call({ calls, stream }: Call): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(() => reject(new Error(`${calls} calls take longer than ${orderMs} ms`)), orderMs)
  const began = performance.now()
  order = { stream, toBegin: calls, toEnd: calls, done: resolve, failed: reject }
  for (const caller of callers) caller.begin()
  try {
    await promise
    return performance.now() - began
  } finally {
    order = undefined
    clearTimeout(timer)
  }
}

function disconnect(): void {
  for (const { socket } of callers) socket.destroy()
  callers = []
}

serveQuestions(0, (question) => {
  if (question.kind === 'connect') return connect(question)
  if (question.kind === 'call') return call(question)
  return disconnect()
})
