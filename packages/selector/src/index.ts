/** `@headgate/selector`: which of these backends? The public names, and nothing else. */

export { eligible } from './eligible.ts'
export { hash32 } from './hash.ts'
export { leastBusyOfTwo } from './least-busy.ts'
export { RoundRobin } from './round-robin.ts'
export { SessionValues, type KeyedDigest, type SessionOptions, type SessionReading } from './session.ts'
export { StickyAssignment, type StickyEntry } from './sticky.ts'
export { WeightedOrder, type WeightedOrderOptions } from './weighted.ts'
