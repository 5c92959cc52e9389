/** `@headgate/limiter`: may this caller go on? The public names, and nothing else. */

export { KeyedLimiter, type KeyedOptions } from './keyed.ts'
export type { BucketOptions } from './options.ts'
export { reserve, Reservation } from './reserve.ts'
export { giveAll, settleAll, takeAll, type Costs, type Keys, type Limit, type Refusal } from './take-all.ts'
export { TokenBucket } from './token-bucket.ts'
