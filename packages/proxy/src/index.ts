// The public surface of the package.

export type { Dispatcher } from 'undici'
export type { AttemptFailure, AttemptListener, ClockName, FailureKind } from './attempt-types.ts'
export type { AttemptClocks } from './attempt-clocks.ts'
export { Attempt, type AttemptPhase } from './attempt.ts'
export { BodyBudget } from './body-budget.ts'
export { RequestBody } from './body.ts'
export { Alarm, ClockWheel, type ClockWheelOptions } from './clock.ts'
export type { Connection, ConnectionOwner, ConnectionTarget, EndpointTls, Guest } from './connection.ts'
export { Endpoint, type EndpointOptions } from './endpoint.ts'
export { addHeader, removeHeader, requestHeaders, setHeader, type CallerFacts, type ForwardOptions } from './headers.ts'
export {
  compileConditions,
  conditionNames,
  failureMeets,
  isBackendFailure,
  responseMeets,
  type ConditionName,
  type ConditionSet,
} from './outcome.ts'
export { responseHeaders } from './reply-headers.ts'
export { retryAfterMs } from './retry-after.ts'
