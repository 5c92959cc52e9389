/** Callers that leave, and the time until the backend hears of it. */
import { setTimeout as pause } from 'node:timers/promises'
import { connectRaw } from '@headgate/testing'
import type { RawClient } from '@headgate/testing'
import type { AbortBackend, Phase } from './backend.ts'

/** Few enough that callers wait for the gateway, and not for the processor. */
const connections = 8
/** Longest time for a call to come as far as its phase. */
const longestStepMs = 3000

export interface Leavers {
  /** Where they call. */
  readonly url: string
  readonly path: string
  /** Lines of the head. */
  readonly fields?: readonly string[]
  /** What the phase of each caller is, by its number. */
  readonly phaseOf: (number: number) => Phase
  readonly count: number
  /** Longest wait of one caller for the backend, in ms, before the next goes on. */
  readonly patienceMs: number
}

export interface Departures {
  /** In ms, by phase; also of those that were heard of late. */
  readonly times: ReadonlyMap<Phase, readonly number[]>
  /** Phases of callers of whom nothing was heard. */
  readonly unheard: () => readonly Phase[]
}

let numbers = 0

/** Half of the callers reset their connection, half end it. */
export async function leaveAll(
  backend: AbortBackend,
  { url, path, fields = ['host: h'], phaseOf, count, patienceMs }: Leavers,
): Promise<Departures> {
  const times = new Map<Phase, number[]>()
  const waiting = new Map<string, Phase>()
  const clients = new Set<RawClient>()
  let begun = 0

  async function leave(number: number): Promise<void> {
    const phase = phaseOf(number)
    const id = `c${numbers++}`
    const reached = Promise.withResolvers<void>()
    const heard = Promise.withResolvers<void>()
    let leftAt = Number.NaN
    const onHeard = (): void => {
      if (Number.isNaN(leftAt)) return
      const own = times.get(phase)
      if (own === undefined) times.set(phase, [performance.now() - leftAt])
      else own.push(performance.now() - leftAt)
      waiting.delete(id)
      backend.watches.delete(id)
      heard.resolve()
    }
    backend.watches.set(id, { phase, reached: reached.resolve, heard: onHeard })
    const client = await connectRaw(url)
    clients.add(client)
    const length = phase === 'uploading' ? 100_000 : 2
    const head = [`POST ${path} HTTP/1.1`, ...fields, `x-id: ${id}`, `content-length: ${length}`]
    await client.write(`${head.join('\r\n')}\r\n\r\n{}`)
    // Nothing goes out before the first bytes of a long upload.
    if (phase === 'uploading') await client.write('x'.repeat(50_000))
    await within(reached.promise, longestStepMs, `no backend was reached for a caller ${phase}`)
    if (phase === 'in the middle of a stream') await within(firstEvent(client), longestStepMs, 'no event came through')
    waiting.set(id, phase)
    leftAt = performance.now()
    if (Math.floor(number / 4) % 2 === 0) client.abort()
    else client.fin()
    clients.delete(client)
    await within(heard.promise, patienceMs)
  }

  try {
    await Promise.all(
      Array.from({ length: connections }, async () => {
        while (begun < count) await leave(begun++)
      }),
    )
  } finally {
    begun = count
    for (const client of clients) client.abort()
  }
  return { times, unheard: () => [...waiting.values()] }
}

async function firstEvent(client: RawClient): Promise<void> {
  await (await client.reply('POST')).until('one')
}

/** Throws after that time where there is a problem to tell, and goes on where there is none. */
async function within(promise: Promise<void>, ms: number, problem?: string): Promise<void> {
  const late = new AbortController()
  await Promise.race([
    promise,
    pause(ms, undefined, { signal: late.signal }).then(
      () => {
        if (problem !== undefined) throw new Error(problem)
      },
      () => {},
    ),
  ])
  late.abort()
}
