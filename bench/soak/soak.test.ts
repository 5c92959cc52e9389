/** A short soak in this process; `pnpm soak` is the long one, with the gateway in a process of its own. */
import { expect, test } from 'vitest'
import { seededRandom } from '@headgate/testing'
import { openGateway } from './gateway.ts'
import { bodyOf, drawOrder, faults, mostDeliveries } from './orders.ts'
import type { Fault, Order } from './orders.ts'
import { soak } from './run.ts'

test(
  'two thousand requests with mixed faults: nothing is left, and nothing broken looks whole',
  { timeout: 60_000 },
  async () => {
    const result = await soak({ requests: 2000, connections: 32, seed: 7, lookEvery: 250 }, openGateway)
    expect(result.problems).toEqual([])
    expect(Object.entries(result.held).filter(([, count]) => count !== 0)).toEqual([])
    // It was no idle walk.
    const { whole, cut, left } = result.seen
    expect([whole > 1000, cut > 100, left > 100, result.deliveries > 1000]).toEqual([true, true, true, true])
  },
)

test('the same seed draws the same orders, and every fault comes up', () => {
  const draw = (): Order[] => {
    const random = seededRandom(1)
    return Array.from({ length: 3000 }, (_, number) => drawOrder(number, random))
  }
  expect(draw()).toEqual(draw())
  const drawn = new Set(draw().flatMap((order) => order.faults))
  expect(
    Object.values(faults)
      .flat()
      .filter((fault) => !drawn.has(fault)),
  ).toEqual([])
})

test.for<[Partial<Order> & { readonly faults: readonly Fault[] }, number]>([
  [{ path: '/once', method: 'POST', faults: ['resetBefore'] }, 1],
  [{ path: '/once', method: 'GET', faults: ['resetBefore'] }, 2],
  [{ path: '/once', method: 'GET', faults: ['status503'] }, 1],
  [{ path: '/policy', method: 'POST', faults: ['status503'] }, 4],
  [{ path: '/policy', method: 'POST', faults: ['status503', 'garbage', 'cutChunked'] }, 3],
  [{ path: '/policy', method: 'POST', faults: ['length'] }, 1],
])('%j may be delivered %i times', ([order, expected]) => {
  const random = seededRandom(1)
  expect(mostDeliveries({ ...drawOrder(0, random), ...order }, 3)).toBe(expected)
})

test('no two bodies are alike, nor two lengths of one', () => {
  expect(bodyOf('r1', 10).equals(bodyOf('r2', 10))).toBe(false)
  expect(bodyOf('r1', 11).subarray(0, 10).equals(bodyOf('r1', 10))).toBe(false)
})
