/** The public names of headgate. */

export { gateway } from './builder/builder.ts'
export type { GatewayBuilderOptions } from './builder/builder.ts'
export type {
  BackendOptions,
  EarlyHeadOptions,
  FallbackOptions,
  GatewayBuilder,
  LimitOptions,
  ListenerOptions,
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
} from './builder/builder-types.ts'
export type {
  CorsOptions,
  HeaderOptions,
  MirrorOptions,
  NewPath,
  RedirectOptions,
  RewriteOptions,
} from './builder/filter-options.ts'
export type { CookieSession, HeaderSession, PermanentCookieSession, SessionOptions } from './builder/session-options.ts'
export { Gateway } from './gateway.ts'
export type { CloseOptions, GatewayOptions, MetersOptions, NewWeights } from './gateway.ts'
export type { BackendNow, BackendReading, MetersReading } from './meters/reading.ts'
export type { AttemptCount, AttemptReadings, MeteredOutcome } from './meters/backend-meter.ts'
export type { ExemplarReading, HistogramReading } from './meters/histogram.ts'
export type { LimitReading } from './meters/limit-meter.ts'
export type { MeteredMethod, RequestCount, RuleReading } from './meters/rule-meter.ts'
export type { TokenPrice } from './meters/prices.ts'
export type { StatusCount } from './meters/status-counts.ts'
export type { ModelCost, TokenReading } from './meters/token-meter.ts'
export type {
  AttemptPhases,
  AttemptReport,
  BreakerReport,
  CandidateReport,
  EjectionReport,
  FallbackReport,
  MirrorReport,
  GatewayEvents,
  HealthReport,
  LimitReport,
  PassedReport,
  PickReport,
  RefusalReport,
  RequestReport,
  RequestResult,
  RetryReport,
  SplitReport,
  UsageReport,
} from './events.ts'
export type { ExplainedBackend, ExplainedLoser, ExplainedWinner, ExplainRequest, Explanation } from './table/explain.ts'
export type { ExplainedListener, PassedListener } from './table/explain-listener.ts'
export type { PolicyInForce } from './table/policies-in-force.ts'
export type { SecretTexts } from './table/secrets.ts'
export type { BackendSnapshot, EndpointSnapshot } from './table/snapshot.ts'
export type { Logger, LogLevel, LogLevels, LogOptions } from './log/logger.ts'
export { replayPick, replaySplit } from './replay.ts'
export { GatewayError } from './errors.ts'
export type { RequestTelemetry, Telemetry, TelemetryAttempt, TelemetryHead, TelemetryRequest } from './telemetry.ts'
export type { KeyFunction, KeyRequest } from './runtime.ts'
export { nodeHandler } from './mounts/node-mount.ts'
export type { NodeHandler, NodeMountOptions } from './mounts/node-mount.ts'
export { fetchHandler, fetchMatcher } from './mounts/fetch-mount.ts'
export type { FetchHandler, FetchMatch, FetchRequestOptions } from './mounts/fetch-mount.ts'
export { listen } from './listeners/listen.ts'
export type { Listening, ListenOptions, ListenUpdate } from './listeners/listening.ts'
export type { BindAddress } from './listeners/entrance.ts'
export { upgradeHandler } from './mounts/upgrade-mount.ts'
export type { UpgradeHandler } from './mounts/upgrade-mount.ts'
export type { MountOptions } from './mounts/mount-options.ts'
export { streamHandler } from './mounts/stream-mount.ts'
export type { StreamHandler, StreamMountOptions } from './mounts/stream-mount.ts'
export type { StreamedReply } from './mounts/stream-reply.ts'
export { ConfigError, defineConfig, parseConfig } from '@headgate/config'
export type { GatewayConfig, GatewayConfigInput, Problem } from '@headgate/config'
export type { StreamClassifier, StreamFailure } from '@headgate/dialect'
