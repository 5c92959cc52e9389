/** Which backend does this key belong to? headgate's ring, Maglev table and sticky assignment beside a hash ring, consistent-hash. */
import { HashRing, Maglev, StickyAssignment } from '@headgate/selector'
import ConsistentHash from 'consistent-hash'
import { compare } from './harness.ts'
import type { Contestant, Settings, Table } from './harness.ts'
import { range } from './numbers.ts'

/** Of each backend on both rings. */
const points = 100
const keys = range(4096).map((index) => `session-${(index * 2654435761) >>> 0}`)

function contestantsFor(count: number): Contestant<string, number>[] {
  const names = range(count).map((index) => `backend-${index}`)
  const assignment = new StickyAssignment(names.map((id) => ({ id, weight: 1 })))
  const everybody = (): boolean => true
  const own = new HashRing(names, { points })
  const maglev = new Maglev(names)
  const ring = new ConsistentHash({ range: 1_000_003, controlPoints: points })
  for (const name of names) ring.add(name)
  const indexOf = new Map(names.map((name, index) => [name, index]))
  return [
    { name: 'HashRing', call: (key) => own.pick(key, everybody) },
    { name: 'Maglev', call: (key) => maglev.pick(key, everybody) },
    { name: 'StickyAssignment', call: (key) => assignment.pick(key) },
    { name: 'consistent-hash', call: (key) => indexOf.get(ring.get(key) ?? '') ?? -1 },
  ]
}

/** The same key the same backend, and nobody more than twice or less than a third of a fair share. */
function checkAssignment(count: number, { name, call }: Contestant<string, number>): void {
  const counts = range(count).map(() => 0)
  for (const key of keys) {
    const index = call(key)
    if (index !== call(key)) throw new Error(`${name} moves ${key}`)
    counts[index] = (counts[index] ?? 0) + 1
  }
  const fair = keys.length / count
  if (Math.min(...counts) < fair / 3 || Math.max(...counts) > fair * 2) {
    throw new Error(`${name} gives ${Math.min(...counts)} to ${Math.max(...counts)} keys where ${fair} were fair`)
  }
}

export async function sticky(settings: Settings): Promise<Table[]> {
  const tables: Table[] = []
  for (const count of [2, 5, 20, 100]) {
    const title = `${count} backends of equal weight, 4,096 keys`
    const contestants = contestantsFor(count)
    const check = (one: Contestant<string, number>): void => checkAssignment(count, one)
    const goals = [
      { row: 'HashRing', peer: 'consistent-hash', most: 0.6 },
      { row: 'Maglev', peer: 'consistent-hash', most: 0.6 },
    ]
    tables.push(await compare({ title, items: keys, check, contestants, goals }, settings))
  }
  return tables
}
