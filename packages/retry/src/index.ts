/** The public names of @headgate/retry. */

export { backoffMs, fullJitter, minimumBackoff } from './backoff.ts'
export type { BackoffOptions } from './backoff.ts'
export { RetryBudget } from './budget.ts'
export type { BudgetOptions } from './budget.ts'
export { RetryConcurrency } from './concurrency.ts'
export type { ConcurrencyOptions } from './concurrency.ts'
export { Cooldowns } from './cooldown.ts'
export { decide, longestFloorMs } from './decide.ts'
export type { Decision, Question, RepeatBudget, StopReason } from './decide.ts'
export { retrying } from './run.ts'
export type { Attempt, RetryEvent, RetryingOptions, Task } from './run.ts'
