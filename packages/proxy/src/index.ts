// The public surface of the package.

export type { AttemptFailure, AttemptListener, AttemptPhase, ClockName, FailureKind } from './attempt-types.ts'
export type { AttemptClocks } from './attempt-clocks.ts'
export { Attempt } from './attempt.ts'
export { AttemptAlarm, AttemptMarks, type AttemptStage } from './attempt-alarm.ts'
export type { Carrier, Guest, OutgoingRequest, ReplyController, TrailerSource } from './carrier.ts'
export { BodyBudget } from './body-budget.ts'
export { RequestBody } from './body.ts'
export { gatherBytes, type Gathered, type GatherProblem } from './body-gathering.ts'
export { Alarm, ClockWheel, type ClockWheelOptions } from './clock.ts'
export { Endpoint, type EndpointOptions } from './endpoint.ts'
export { freeBytes, longestShared } from './free-bytes.ts'
export { addHeader, removeHeader, requestHeaders, setHeader, type CallerFacts, type ForwardOptions } from './headers.ts'
export { isPlainResponse } from './plain-node.ts'
export {
  compileConditions,
  conditionNames,
  failureMeets,
  isBackendFailure,
  responseMeets,
  type ConditionName,
  type ConditionSet,
} from './outcome.ts'
export type { EndpointTls } from './open-socket.ts'
export { sameName } from './field-names.ts'
export { responseHeaders } from './reply-headers.ts'
export { retryAfterMs } from './retry-after.ts'
export { Tunnel, type TunnelHost } from './tunnel.ts'
export { requestedUpgrade, upgradeReply } from './upgrade.ts'
