/** The public names of headgate. */

export { gateway } from './builder.ts'
export type { GatewayBuilderOptions } from './builder.ts'
export type {
  BackendOptions,
  FallbackOptions,
  GatewayBuilder,
  HeaderOptions,
  LimitOptions,
  PathOptions,
  PoolOptions,
  RetryOptions,
  Route,
  RoutePolicies,
  RouteStart,
  SplitOptions,
  TimeoutOptions,
  Upstream,
  ValueOptions,
  Weights,
  When,
} from './builder-types.ts'
export { Gateway } from './gateway.ts'
export type { CloseOptions, GatewayOptions, NewWeights } from './gateway.ts'
export type {
  AttemptReport,
  BreakerReport,
  FallbackReport,
  GatewayEvents,
  RequestReport,
  RequestResult,
  RetryReport,
} from './events.ts'
export type { ExplainedBackend, ExplainedLoser, ExplainedWinner, ExplainRequest, Explanation } from './explain.ts'
export type { BackendSnapshot, EndpointSnapshot } from './snapshot.ts'
export { GatewayError } from './errors.ts'
export type { KeyFunction, KeyRequest } from './runtime.ts'
export { nodeHandler } from './node-mount.ts'
export type { NodeHandler, NodeMountOptions } from './node-mount.ts'
export { fetchHandler, fetchMatcher } from './fetch-mount.ts'
export type { FetchHandler, FetchMatch, FetchRequestOptions } from './fetch-mount.ts'
export type { MountOptions } from './mount-options.ts'
export { streamHandler } from './stream-mount.ts'
export type { StreamHandler, StreamMountOptions } from './stream-mount.ts'
export type { StreamedReply } from './stream-reply.ts'
export { ConfigError, defineConfig, parseConfig } from '@headgate/config'
export type { GatewayConfig, GatewayConfigInput, Problem } from '@headgate/config'
