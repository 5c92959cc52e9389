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
  const work: [title: string, weights: number[]][] = [
    ['a canary: weights 90 and 10', [90, 10]],
    ['5 backends', [50, 25, 15, 7, 3]],
    ['50 backends, weights 1 to 100', range(50).map(() => 1 + Math.floor(random() * 100))],
  ]
  const tables: Table[] = []
  for (const [title, weights] of work) {
    const contestants = contestantsFor(weights)
    const check = (one: Contestant<undefined, number>): void => checkShares(weights, one)
    tables.push(await compare({ title, items: [undefined], check, contestants }, settings))
  }
  return tables
}
