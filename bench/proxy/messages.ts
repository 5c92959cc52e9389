/** What the programs of the comparison say to one another. Each is started with a message channel to the one that measures. */

export interface Connect {
  readonly kind: 'connect'
  readonly port: number
  readonly connections: number
}

/** `calls` replies over the connections that are open, each of which has one call under way at a time. */
export interface Call {
  readonly kind: 'call'
  readonly calls: number
  readonly stream: boolean
}

/** `cpu`: see `ownCpuMicros`; `sample` and `allocated`: see `allocations/sampler.ts`. */
export type Question =
  | { readonly kind: 'cpu' | 'sample' | 'allocated' }
  | Connect
  | Call
  | { readonly kind: 'disconnect' }

type Reply = { readonly value: unknown } | { readonly problem: string }

/** Longest life of a program that nobody ends. */
const lifeMs = 30 * 60_000

/** The child's side: tells its port (0 where it has none), answers questions one by one, and ends when its parent does. */
export function serveQuestions(port: number, answer: (question: Question) => unknown): void {
  process.on('disconnect', () => process.exit())
  setTimeout(() => process.exit(1), lifeMs).unref()
  process.on('message', (question: Question) => {
    void reply(question, answer).then((told) => process.send?.(told))
  })
  process.send?.({ value: port } satisfies Reply)
}

async function reply(question: Question, answer: (question: Question) => unknown): Promise<Reply> {
  try {
    return { value: (await answer(question)) ?? null }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) }
  }
}

/**
 * User and system time of this process since its start, with all its threads, in µs: the operating system's account, which is the one
 * that /proc shows, but not rounded to its ticks of 10 ms.
 */
export function ownCpuMicros(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

export function isReply(message: unknown): message is Reply {
  return typeof message === 'object' && message !== null && ('value' in message || 'problem' in message)
}
