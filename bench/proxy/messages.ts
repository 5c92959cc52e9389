/** What the programs of the comparison say to one another. Each is started with a message channel to the one that measures. */
import { allocatedBytes, sampleAllocations } from '../allocations/sampler.ts'
import { setFlagsFromString, writeHeapSnapshot } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { AskName, RequestShape } from './traffic.ts'

export interface Connect {
  readonly kind: 'connect'
  readonly port: number
  readonly connections: number
  readonly shape: RequestShape
}

/** `calls` replies over the connections that are open, each of which has one call under way at a time. */
export interface Call {
  readonly kind: 'call'
  readonly calls: number
  readonly ask: AskName
}

/** One call on each connection that is open, answered when each has its head; the replies are not waited for. */
export interface Open {
  readonly kind: 'open'
  readonly ask: AskName
  /** Whether callers stop reading once the first bytes have come. */
  readonly stalled: boolean
}

export type LoadQuestion = Connect | Call | Open | { readonly kind: 'disconnect' }
/** What every program answers; `sample` and `allocated`: see `allocations/sampler.ts`. */
type ProcessQuestion =
  | { readonly kind: 'cpu' }
  | { readonly kind: 'sample' }
  | { readonly kind: 'allocated' }
  | { readonly kind: 'sockets' }
  | { readonly kind: 'snapshot'; readonly file: string }
  | { readonly kind: 'memory'; readonly collect: boolean }
export type Question = ProcessQuestion | LoadQuestion

export interface Spread {
  readonly p50: number
  readonly p99: number
}

/** Times of one order of calls, all in ms. */
export interface CallTimes {
  readonly elapsed: number
  /** From the request to the last byte of the reply. */
  readonly whole: Spread
  /** From the request to the first byte of the reply. */
  readonly firstByte: Spread
  /** From an event's sending by the upstream to its receipt; NaN where events carry no time. */
  readonly event: Spread
}

/** Of a process, in bytes. */
export interface Memory {
  readonly rss: number
  readonly heapUsed: number
  /** Outside of the heap, buffers included. */
  readonly external: number
}

type Reply = { readonly value: unknown } | { readonly problem: string }

/** Longest life of a program that nobody ends. */
const lifeMs = 6 * 3_600_000

/** The child's side: tells its port (0 where it has none), answers questions one by one, and ends when its parent does. */
export function serveQuestions(port: number, answer?: (question: LoadQuestion) => unknown): void {
  process.on('disconnect', () => process.exit())
  setTimeout(() => process.exit(1), lifeMs).unref()
  process.on('message', (question: Question) => {
    void reply(question, answer).then((told) => process.send?.(told))
  })
  process.send?.({ value: port } satisfies Reply)
}

async function reply(question: Question, answer?: (question: LoadQuestion) => unknown): Promise<Reply> {
  try {
    if (question.kind === 'cpu') return { value: ownCpuMicros() }
    if (question.kind === 'sample') return { value: (await sampleAllocations()) ?? null }
    if (question.kind === 'allocated') return { value: await allocatedBytes() }
    if (question.kind === 'sockets') return { value: ownSockets() }
    if (question.kind === 'snapshot') return { value: writeHeapSnapshot(question.file) }
    if (question.kind === 'memory') return { value: ownMemory(question.collect) }
    return { value: (await answer?.(question)) ?? null }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) }
  }
}

/**
 * User and system time of this process since its start, with all its threads, in µs: the operating system's account, which is the one
 * that /proc shows, but not rounded to its ticks of 10 ms.
 */
function ownCpuMicros(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** Open TCP connections, of both sides. */
function ownSockets(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length
}

let collectGarbage: (() => void) | undefined

export function ownMemory(collect: boolean): Memory {
  if (collect) {
    if (collectGarbage === undefined) {
      setFlagsFromString('--expose-gc')
      collectGarbage = runInNewContext('gc') as () => void
    }
    // What a first collection finds unreachable may hold more by finalizers.
    for (let time = 0; time < 3; time++) collectGarbage()
  }
  const { rss, heapUsed, external } = process.memoryUsage()
  return { rss, heapUsed, external }
}

export function isReply(message: unknown): message is Reply {
  return typeof message === 'object' && message !== null && ('value' in message || 'problem' in message)
}
