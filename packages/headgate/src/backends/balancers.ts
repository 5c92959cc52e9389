/** Which of the endpoints that may get a request gets it. Who may is decided in `backend-state.ts`. */

import type { BalanceConfig, HashKeyConfig } from '@headgate/config'
import { anyOf, eligible, hash32, HashRing, leastBusyOfTwo, Maglev, RoundRobin } from '@headgate/selector'
import { cookieValue } from '../request/cookies.ts'
import type { Incoming } from '../request/incoming.ts'
import type { EndpointLoad } from './endpoint-load.ts'

export type Allowed = (index: number) => boolean

/** What a choice may look at. A gateway's own requests, such as mirrors, have no caller. */
export interface Balancer {
  /** An index that `allowed` lets through; -1 where there is none. `again`: a further try of a request that had its turn. */
  pick(allowed: Allowed, incoming: Incoming | undefined, now: number, again: boolean): number
  /** What the next pick for this caller would be made from, besides draws. */
  source(incoming: Incoming | undefined): PickSource
}

/** As in `PickReport`. */
export interface PickSource {
  readonly turn?: number
  readonly keyHash?: number
}

const byDraws: PickSource = {}

export function openBalancer(config: BalanceConfig, loads: readonly EndpointLoad[], random: () => number): Balancer {
  switch (config.type) {
    case 'round-robin':
      return new InTurn(loads.length)
    case 'random':
      return new AnyOne(loads.length, random)
    case 'least-request':
      return new LessOfTwo(loads, random, (load) => load.inFlight)
    case 'peak-ewma':
      return new LessOfTwo(loads, random, latencyLoad)
    case 'ring-hash':
      return new ByKey(new HashRing(loads.map(({ url }) => url)), config.by, loads.length)
    case 'maglev':
      return new ByKey(new Maglev(loads.map(({ url }) => url)), config.by, loads.length)
  }
}

class InTurn implements Balancer {
  readonly #turns = new RoundRobin()
  readonly #count: number

  constructor(count: number) {
    this.#count = count
  }

  pick(allowed: Allowed, _incoming: Incoming | undefined, _now: number, again: boolean): number {
    return this.#turns.pick(this.#count, allowed, again)
  }

  source(): PickSource {
    return { turn: this.#turns.last }
  }
}

class AnyOne implements Balancer {
  readonly #count: number
  readonly #random: () => number
  readonly #left: number[] = []

  constructor(count: number, random: () => number) {
    this.#count = count
    this.#random = random
  }

  pick(allowed: Allowed): number {
    const drawn = anyOf(eligible(this.#count, allowed, this.#left), this.#random)
    return drawn === -1 ? -1 : (this.#left[drawn] as number)
  }

  source(): PickSource {
    return byDraws
  }
}

class LessOfTwo implements Balancer {
  readonly #loads: readonly EndpointLoad[]
  readonly #random: () => number
  readonly #left: number[] = []
  readonly #loadAt: (drawn: number) => number
  #now = 0

  constructor(
    loads: readonly EndpointLoad[],
    random: () => number,
    loadOf: (load: EndpointLoad, now: number) => number,
  ) {
    this.#loads = loads
    this.#random = random
    this.#loadAt = (drawn) => loadOf(this.#loads[this.#left[drawn] as number] as EndpointLoad, this.#now)
  }

  pick(allowed: Allowed, _incoming: Incoming | undefined, now: number): number {
    this.#now = now
    const drawn = leastBusyOfTwo(eligible(this.#loads.length, allowed, this.#left), this.#loadAt, this.#random)
    return drawn === -1 ? -1 : (this.#left[drawn] as number)
  }

  source(): PickSource {
    return byDraws
  }
}

function latencyLoad(load: EndpointLoad, now: number): number {
  return load.latency?.load(load.inFlight, now) ?? load.inFlight
}

/** A request without a key is taken in turn. */
class ByKey implements Balancer {
  readonly #table: HashRing | Maglev
  readonly #by: readonly HashKeyConfig[]
  readonly #others: InTurn

  constructor(table: HashRing | Maglev, by: readonly HashKeyConfig[], count: number) {
    this.#table = table
    this.#by = by.map((key) =>
      typeof key === 'object' && 'header' in key ? { header: key.header.toLowerCase() } : key,
    )
    this.#others = new InTurn(count)
  }

  pick(allowed: Allowed, incoming: Incoming | undefined, now: number, again: boolean): number {
    const key = incoming === undefined ? undefined : this.#keyOf(incoming)
    return key === undefined ? this.#others.pick(allowed, incoming, now, again) : this.#table.pick(key, allowed)
  }

  source(incoming: Incoming | undefined): PickSource {
    const key = incoming === undefined ? undefined : this.#keyOf(incoming)
    return key === undefined ? this.#others.source() : { keyHash: hash32(key) }
  }

  #keyOf(incoming: Incoming): string | undefined {
    for (const by of this.#by) {
      const key = partOf(by, incoming)
      if (key !== undefined && key !== '') return key
    }
    return undefined
  }
}

/** Sockets for both families show IPv4 callers as `::ffff:10.0.0.1`, others do not: one caller is one key. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') ? address.slice(7) : address
}

function partOf(by: HashKeyConfig, incoming: Incoming): string | undefined {
  if (by === 'address') return plainAddress(incoming.remoteAddress)
  if ('header' in by) return incoming.header(by.header)
  const field = incoming.header('cookie')
  return field === undefined ? undefined : cookieValue(field, `${by.cookie}=`)
}
