/** The callers: a fixed number of connections, one call at a time on each, every reply compared byte by byte. */
import { createConnection } from 'node:net'
import type { Socket } from 'node:net'
import { once } from 'node:events'
import { FixedBody, StampedEvents } from './due.ts'
import type { Due } from './due.ts'
import { serveQuestions } from './messages.ts'
import type { Call, CallTimes, Connect, Open } from './messages.ts'
import { ReplyReader } from './reply-reader.ts'
import { answer, asks, bodyOf, event, headBytes, isStream, routeCount, streamEnd, tenantCount } from './traffic.ts'
import type { AskName, RequestShape } from './traffic.ts'
import { spreadOf } from '../report/statistics.ts'

/** Longest time for one order of calls. */
const orderMs = 25_000
/** Every pair of a route and a tenant comes up. */
const variety = routeCount * tenantCount
/** Up to this size, head and body are one buffer. */
const joinedBytes = 16 * 1024

interface Order {
  readonly whole: Float64Array
  readonly firstByte: Float64Array
  readonly requests: readonly Buffer[]
  /** What follows each of the requests, where it is large. */
  readonly body: Buffer | undefined
  readonly due: Due
  /** Calls that are not yet begun, and replies that are not yet whole. */
  toBegin: number
  toEnd: number
  /** Replies that have begun. */
  answered: number
  readonly done: () => void
  readonly failed: (error: Error) => void
}

let order: Order | undefined
let callers: Caller[] = []
let begun = 0
let shape: RequestShape = {}
let onFirstBytes: ((caller: Caller) => void) | undefined
const requestsBy = new Map<string, Buffer[]>()

/** Cached, so that no order begins with the making of requests. */
function requestsOf(ask: AskName): readonly Buffer[] {
  const key = `${ask} ${JSON.stringify(shape)}`
  const known = requestsBy.get(key)
  if (known !== undefined) return known
  const body = bodyOf(ask)
  const made = Array.from({ length: variety }, (_, index) => {
    const head = headBytes(index, ask, shape)
    return body.length > joinedBytes ? head : Buffer.concat([head, body])
  })
  requestsBy.set(key, made)
  return made
}

function dueOf(ask: AskName, aged: (micros: number) => void): Due {
  const { events, everyMs } = asks[ask]
  if (!isStream(asks[ask])) return new FixedBody(answer)
  if (everyMs > 0) return new StampedEvents(events, streamEnd, aged)
  return new FixedBody(Buffer.concat([...Array.from({ length: events }, () => event), streamEnd]))
}

class Caller {
  readonly socket: Socket
  readonly #reader = new ReplyReader()
  #beganAt = 0
  #begun = false

  constructor(port: number) {
    this.socket = createConnection(port, '127.0.0.1').setNoDelay(true)
    this.socket.on('data', (bytes) => this.#read(bytes))
    this.socket.on('error', (error) => order?.failed(error))
    this.socket.on('close', () => order?.failed(new Error('the proxy closed a connection')))
  }

  begin(): void {
    if (order === undefined || order.toBegin === 0) return
    const { requests, body, due } = order
    order.toBegin--
    this.#reader.due = due
    this.#begun = false
    this.#beganAt = performance.now()
    const request = requests[begun++ % requests.length] ?? Buffer.alloc(0)
    if (body === undefined) return void this.socket.write(request)
    this.socket.cork()
    this.socket.write(request)
    this.socket.write(body)
    this.socket.uncork()
  }

  #read(bytes: Buffer): void {
    onFirstBytes?.(this)
    const present = order
    if (present === undefined) return
    if (!this.#begun) {
      this.#begun = true
      present.firstByte[present.answered++] = performance.now() - this.#beganAt
    }
    try {
      if (!this.#reader.push(bytes)) return
    } catch (error) {
      present.failed(error instanceof Error ? error : new Error(String(error)))
      return
    }
    present.whole[--present.toEnd] = performance.now() - this.#beganAt
    if (present.toEnd === 0) present.done()
    else this.begin()
  }
}

async function connect({ port, connections, shape: wanted }: Connect): Promise<void> {
  shape = wanted
  callers = Array.from({ length: connections }, () => new Caller(port))
  await Promise.all(callers.map(({ socket }) => once(socket, 'connect')))
}

async function call({ calls, ask }: Call): Promise<CallTimes> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(() => reject(new Error(`${calls} calls take longer than ${orderMs} ms`)), orderMs)
  const ages: number[] = []
  const [whole, firstByte] = [new Float64Array(calls), new Float64Array(calls)]
  const body = asks[ask].bodyBytes > joinedBytes ? bodyOf(ask) : undefined
  const due = dueOf(ask, (micros) => void ages.push(micros / 1000))
  const [requests, counts] = [requestsOf(ask), { toBegin: calls, toEnd: calls, answered: 0 }]
  const beganAt = performance.now()
  order = { whole, firstByte, requests, body, due, ...counts, done: resolve, failed: reject }
  for (const caller of callers) caller.begin()
  try {
    await promise
    const elapsed = performance.now() - beganAt
    return { elapsed, whole: spreadOf(whole), firstByte: spreadOf(firstByte), event: spreadOf(ages) }
  } finally {
    order = undefined
    clearTimeout(timer)
  }
}

async function open({ ask, stalled }: Open): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(() => reject(new Error(`no head within ${orderMs} ms`)), orderMs)
  const waiting = new Set(callers)
  onFirstBytes = (caller) => {
    if (!waiting.delete(caller)) return
    if (stalled) caller.socket.pause()
    if (waiting.size === 0) resolve()
  }
  const requests = requestsOf(ask)
  for (const { socket } of callers) socket.write(requests[begun++ % requests.length] ?? '')
  try {
    await promise
  } finally {
    onFirstBytes = undefined
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
  if (question.kind === 'open') return open(question)
  return disconnect()
})
