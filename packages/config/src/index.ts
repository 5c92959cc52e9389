/** The public names of the waist. */

export { defineConfig, parseConfig } from './parse.ts'
export type { ConfigResult } from './parse.ts'
export { ConfigError, describeProblem } from './problems.ts'
export type { Problem } from './problems.ts'
export { formatDuration, parseDuration } from './duration.ts'
export type { DurationText } from './duration.ts'
export { configJsonSchema } from './json-schema.ts'
export { nearest } from './nearest.ts'
export { conditionNames, errorClassNames } from './types-values.ts'
export type { BackoffConfig, EarlyHeadConfig, FallbackConfig, RetryConfig, TimeoutsConfig } from './types-attempts.ts'
export type {
  BackendConfig,
  BackendTlsConfig,
  BreakerConfig,
  CapacityConfig,
  EndpointConfig,
  HeaderConfig,
  OutlierDetectionConfig,
  RetryBudgetConfig,
  RetryConcurrencyConfig,
} from './types-backends.ts'
export type { BalanceConfig, HashKeyConfig, HealthCheckConfig, StatusRangeConfig } from './types-endpoints.ts'
export type {
  CorsFilterConfig,
  FilterConfig,
  HeaderFilterConfig,
  MirrorFilterConfig,
  PathModifierConfig,
  RedirectFilterConfig,
  RewriteFilterConfig,
  UnresolvedFilterConfig,
} from './types-filters.ts'
export type {
  BackendRefConfig,
  MatchConfig,
  PathMatchConfig,
  RouteConfig,
  RuleConfig,
  ValueMatchConfig,
} from './types-routes.ts'
export type { SessionConfig } from './types-sessions.ts'
export type { ConditionName, FallbackConditionName, Milliseconds, Origin, SecretRef } from './types-values.ts'
export type {
  BodiesConfig,
  CertificateConfig,
  ForwardedConfig,
  GatewayConfig,
  LimitConfig,
  ListenerConfig,
  ReportingConfig,
} from './types.ts'
export type {
  BackendInput,
  BackendRefInput,
  BackoffInput,
  BalanceInput,
  BodiesInput,
  BreakerInput,
  BreakerRatioInput,
  CapacityInput,
  ConditionInput,
  CorsFilterInput,
  DurationInput,
  EarlyHeadInput,
  FallbackConditionInput,
  FallbackInput,
  FilterInput,
  ForwardedInput,
  GatewayConfigInput,
  HealthCheckInput,
  LimitInput,
  ListenerInput,
  MirrorFilterInput,
  OutlierDetectionInput,
  RedirectFilterInput,
  ReportingInput,
  RetryBudgetInput,
  RetryInput,
  RouteInput,
  RuleInput,
  SessionInput,
  TimeoutsInput,
} from './input.ts'
