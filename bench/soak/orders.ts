/** What one request of a soak does, and what each side does wrong. Drawn from a seed; it knows no sockets. */

/** What the backend does with one delivery. The reply of each but the last group must never look whole. */
export const faults = {
  /** Whole replies. */
  whole: ['length', 'chunked', 'events', 'untilClose', 'interim', 'surplus', 'second', 'early'],
  /** Whole replies that a policy may replace. */
  status: ['status503', 'status429'],
  /** No reply. */
  none: ['resetBefore', 'closeBefore', 'garbage', 'hugeHead', 'badLength', 'silent', 'unasked101'],
  /** A head, and then no whole body. */
  cut: ['resetInBody', 'shortLength', 'cutChunked', 'lastChunkMissing', 'badChunk', 'resetUntilClose'],
} as const

export type Kind = keyof typeof faults
export type Fault = (typeof faults)[Kind][number]

export interface Order {
  readonly id: string
  readonly path: '/once' | '/policy'
  readonly method: 'GET' | 'POST'
  /** By delivery; the last one repeats. */
  readonly faults: readonly Fault[]
  readonly uploadBytes: number
  readonly upload: 'length' | 'chunked'
  readonly replyBytes: number
  /** The caller leaves after so many turns of the event loop, perhaps in the middle of its upload. */
  readonly leavesAfter: number | undefined
  readonly leavesBy: 'reset' | 'fin'
  readonly readsSlowly: boolean
  /** The request is one that must be refused. */
  readonly malformed: boolean
}

/** One in so many deliveries is `silent`: each takes the whole of its clock. */
const silentEvery = 300
const everyFault: readonly Fault[] = Object.values(faults)
  .flat()
  .filter((fault) => fault !== 'silent')
const kinds = new Map<Fault, Kind>(
  (Object.keys(faults) as Kind[]).flatMap((kind) => faults[kind].map((fault) => [fault, kind] as const)),
)

export function kindOf(fault: Fault): Kind {
  return kinds.get(fault) ?? 'whole'
}

export function drawOrder(number: number, random: () => number): Order {
  const below = (count: number): number => Math.floor(random() * count)
  const fault = (): Fault => {
    if (below(silentEvery) === 0) return 'silent'
    return random() < 0.4 ? 'length' : (everyFault[below(everyFault.length)] ?? 'length')
  }
  const post = random() < 0.7
  return {
    id: `r${number}`,
    path: random() < 0.5 ? '/once' : '/policy',
    method: post ? 'POST' : 'GET',
    faults: [fault(), fault(), fault()],
    uploadBytes: post ? below(random() < 0.1 ? 200_000 : 2000) : 0,
    upload: random() < 0.3 ? 'chunked' : 'length',
    replyBytes: below(random() < 0.05 ? 400_000 : 3000),
    leavesAfter: random() < 0.15 ? below(20) : undefined,
    leavesBy: random() < 0.5 ? 'reset' : 'fin',
    readsSlowly: random() < 0.05,
    malformed: random() < 0.03,
  }
}

/** The bytes of a body: each body is different, and so is each place in it. */
export function bodyOf(id: string, length: number): Buffer {
  return Buffer.alloc(length, `${id}.${length}.`)
}

/** The fault that the delivery with this number gets, counted from 0. */
export function faultAt(order: Pick<Order, 'faults'>, delivery: number): Fault {
  return order.faults[Math.min(delivery, order.faults.length - 1)] ?? 'length'
}

/** How often a request may reach a backend whatever becomes of it. */
export function hardMost(order: Pick<Order, 'path' | 'method'>, furtherTries: number): number {
  if (order.path === '/policy') return furtherTries + 1
  return order.method === 'GET' ? 2 : 1
}

/** How often a request may be answered, or left unanswered, by a backend: as long as what it got may be replaced. */
export function mostDeliveries(order: Order, furtherTries: number): number {
  const most = hardMost(order, furtherTries)
  let deliveries = 1
  while (deliveries < most) {
    const kind = kindOf(faultAt(order, deliveries - 1))
    if (kind === 'whole' || kind === 'cut' || (kind === 'status' && order.path === '/once')) break
    deliveries++
  }
  return deliveries
}
