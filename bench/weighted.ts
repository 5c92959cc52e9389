/** Which backend is next by weight? headgate's smooth weighted order beside weighted-round-robin. */
import { WeightedOrder } from '@headgate/selector'
import Peers from 'weighted-round-robin'
import { compare } from './harness.ts'
import type { Contestant, Settings, Table } from './harness.ts'
import { range, seeded } from './numbers.ts'

function contestantsFor(weights: readonly number[]): Contestant<undefined, number>[] {
  const order = new WeightedOrder(weights)
  const peers = new Peers()
  for (const [index, weight] of weights.entries()) peers.add({ id: String(index), weight })
  return [
    { name: '@headgate/selector', call: () => order.next() },
    { name: 'weighted-round-robin', call: () => Number(peers.get()?.id) },
  ]
}

/** Over one whole cycle everybody must get exactly the share that the weights say. */
function checkShares(weights: readonly number[], { name, call }: Contestant<undefined, number>): void {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const counts = weights.map(() => 0)
  for (let pick = 0; pick < total; pick++) {
    const index = call(undefined)
    counts[index] = (counts[index] ?? 0) + 1
  }
  if (counts.join() !== weights.join()) throw new Error(`${name} gives ${counts.join()} for ${weights.join()}`)
}

export async function weighted(settings: Settings): Promise<Table[]> {
  const random = seeded(1)
  const drawn = (count: number, most: number): number[] => range(count).map(() => 1 + Math.floor(random() * most))
  const work: [title: string, weights: number[], most?: number][] = [
    ['a canary: weights 90 and 10', [90, 10], 0.3],
    ['5 backends', [50, 25, 15, 7, 3]],
    ['100 backends, weights 1 to 100', drawn(100, 100), 0.01],
    ['1,000 backends, weights 1 to 50', drawn(1000, 50), 0.001],
    // More than 32,768 picks until it repeats: that order is not written out.
    ['1,000 backends, weights 1 to 100, a long cycle', drawn(1000, 100)],
  ]
  const tables: Table[] = []
  for (const [title, weights, most] of work) {
    const contestants = contestantsFor(weights)
    const check = (one: Contestant<undefined, number>): void => checkShares(weights, one)
    const goals = most === undefined ? [] : [{ row: '@headgate/selector', peer: 'weighted-round-robin', most }]
    tables.push(await compare({ title, items: [undefined], check, contestants, goals }, settings))
  }
  return tables
}
