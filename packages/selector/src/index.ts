/** `@headgate/selector`: which of these backends? The public names, and nothing else. */

export { anyOf } from './any-of.ts'
export { eligible } from './eligible.ts'
export { HashRing, type HashRingOptions } from './hash-ring.ts'
export { hash32 } from './hash.ts'
export { leastBusyOfTwo } from './least-busy.ts'
export { Maglev } from './maglev.ts'
export { PeakEwma } from './peak-ewma.ts'
export { RoundRobin } from './round-robin.ts'
export { SessionValues, type KeyedDigest, type SessionOptions, type SessionReading } from './session.ts'
export { StickyAssignment, type StickyEntry } from './sticky.ts'
export { WeightedOrder, type WeightedOrderOptions } from './weighted.ts'
