/** Mixed faults through one gateway: callers, backends and the books that are checked at the end. */
import { setTimeout as pause } from 'node:timers/promises'
import { seededRandom } from '@headgate/testing'
import { startBackend } from './backend.ts'
import { Caller } from './caller.ts'
import type { Seen } from './caller.ts'
import { furtherTries } from './gateway.ts'
import type { Opened, State } from './gateway.ts'
import { drawOrder, hardMost, mostDeliveries } from './orders.ts'

export interface Soak {
  readonly requests: number
  readonly connections: number
  readonly seed: number
  /** Requests between two looks at the memory; the config is reloaded as often. Default 1000. */
  readonly lookEvery?: number
}

export interface Result {
  readonly seen: Readonly<Record<Seen, number>>
  readonly deliveries: number
  /** Resident memory of the gateway, in bytes, look by look. */
  readonly rssBytes: readonly number[]
  /** At the end, with nobody served any more. */
  readonly held: State['held']
  /** Everything that must not happen. */
  readonly problems: readonly string[]
}

/** Longest wait for the last requests to be given up. */
const settleMs = 5000

export async function soak(settings: Soak, open: (main: string, spare: string) => Promise<Opened>): Promise<Result> {
  const { requests, connections, lookEvery = 1000 } = settings
  const random = seededRandom(settings.seed)
  const main = await startBackend()
  // Both count the same deliveries: the fallback is one more of them.
  const spare = await startBackend(main.books)
  const gateway = await open(main.url, spare.url)
  const seen: Record<Seen, number> = { whole: 0, cut: 0, none: 0, left: 0 }
  const problems: string[] = []
  const rssBytes: number[] = []
  let begun = 0
  let deliveries = 0
  const call = async (): Promise<void> => {
    const caller = new Caller(gateway.url)
    while (begun < requests) {
      const number = begun++
      if (number % lookEvery === 0) {
        rssBytes.push((await gateway.state()).rssBytes)
        await gateway.reload()
      }
      const order = drawOrder(number, random)
      try {
        seen[await caller.make(order)]++
      } catch (error) {
        problems.push(error instanceof Error ? error.message : String(error))
        caller.leave()
      }
      const count = main.books.deliveries.get(order.id) ?? 0
      const all = count + (main.books.onSpoilt.get(order.id) ?? 0)
      const most = order.malformed ? 0 : mostDeliveries(order, furtherTries)
      if (count > most || all > hardMost(order, furtherTries)) {
        problems.push(`${order.id}: ${all} deliveries, ${most} allowed (${JSON.stringify(order)})`)
      }
      deliveries += all
      // What a caller left may still be on its way, and is counted no more.
      if (order.leavesAfter === undefined) {
        main.books.deliveries.delete(order.id)
        main.books.onSpoilt.delete(order.id)
      }
    }
    caller.leave()
  }
  await Promise.all(Array.from({ length: connections }, call))
  const held = await settle(gateway)
  rssBytes.push((await gateway.state()).rssBytes)
  problems.push(...main.problems, ...spare.problems)
  await gateway.close()
  await Promise.all([main.close(), spare.close()])
  return { seen, deliveries, rssBytes, held, problems }
}

async function settle(gateway: Opened): Promise<State['held']> {
  const until = performance.now() + settleMs
  for (;;) {
    const { held } = await gateway.state()
    if (Object.values(held).every((count) => count === 0) || performance.now() > until) return held
    await pause(20)
  }
}
