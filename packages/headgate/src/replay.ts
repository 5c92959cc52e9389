/** Decisions made again from a record, with the policies that made them. */

import {
  anyOf,
  eligible,
  HashRing,
  leastBusyOfTwo,
  Maglev,
  RoundRobin,
  StickyAssignment,
  WeightedOrder,
} from '@headgate/selector'
import type { CandidateReport, PickReport, SplitReport } from './events.ts'

type Allowed = (index: number) => boolean

/** The index in `candidates` that the choice comes to; for an untouched record it is `chosen`. */
export function replayPick(report: PickReport): number {
  const { candidates, preferred } = report
  const choose = chooser(report)
  const isOpen = (index: number, closed: readonly CandidateReport['excluded'][]): boolean => {
    const candidate = candidates[index]
    return candidate !== undefined && !closed.includes(candidate.excluded)
  }
  const out = ['breaker', 'ejected', 'unhealthy'] as const
  if (preferred !== undefined && isOpen(preferred, [...out, 'tried'])) return preferred
  // Endpoints with room come first, those that were not tried second.
  for (const closed of [[...out, 'tried', 'busy'] as const, [...out, 'tried'] as const, out]) {
    const index = choose((candidate) => isOpen(candidate, closed))
    if (index !== -1) return index
  }
  return -1
}

/** The index in `shares` that the choice comes to. A session's is what its value says: the record holds no value. */
export function replaySplit({ by, shares, chosen, slot, keyHash }: SplitReport): number {
  if (by === 'session') return chosen
  if (by === 'sticky') {
    const entries = shares.map(({ backend, weight }, index) => ({ id: backend ?? String(index), weight }))
    return new StickyAssignment(entries).pickHash(keyHash ?? 0)
  }
  const order = new WeightedOrder(shares.map(({ weight }) => weight))
  for (let skip = slot ?? 0; skip > 0; skip--) order.next()
  return order.next()
}

function chooser({ balance, candidates, turn = -1, keyHash, draws = [] }: PickReport): (allowed: Allowed) => number {
  const turns = new RoundRobin(turn)
  const inTurn = (allowed: Allowed): number => turns.pick(candidates.length, allowed)
  const left: number[] = []
  let at = 0
  const draw = (): number => draws[at++] ?? 0
  const count = (allowed: Allowed): number => eligible(candidates.length, allowed, left)
  const loadAt = (place: number): number => {
    const { load, inFlight = 0 } = candidates[left[place] ?? -1] ?? {}
    return load ?? inFlight
  }
  switch (balance) {
    case 'random':
      return (allowed) => left[anyOf(count(allowed), draw)] ?? -1
    case 'least-request':
    case 'peak-ewma':
      return (allowed) => left[leastBusyOfTwo(count(allowed), loadAt, draw)] ?? -1
    case 'ring-hash':
    case 'maglev': {
      if (keyHash === undefined) return inTurn
      const urls = candidates.map(({ endpoint }) => endpoint)
      const table = balance === 'maglev' ? new Maglev(urls) : new HashRing(urls)
      return (allowed) => table.pickHash(keyHash, allowed)
    }
    default:
      return inTurn
  }
}
