/** The public names of the waist. */

export { defineConfig, parseConfig } from './parse.ts'
export type { ConfigResult } from './parse.ts'
export { ConfigError, describeProblem } from './problems.ts'
export type { Problem } from './problems.ts'
export { formatDuration, parseDuration } from './duration.ts'
export type { DurationText } from './duration.ts'
export { configJsonSchema } from './json-schema.ts'
export { nearest } from './nearest.ts'
export { conditionNames } from './types.ts'
export type {
  BackendConfig,
  BackendRefConfig,
  BackoffConfig,
  BodiesConfig,
  BreakerConfig,
  CapacityConfig,
  ConditionName,
  EndpointConfig,
  FallbackConfig,
  FilterConfig,
  ForwardedConfig,
  GatewayConfig,
  HeaderConfig,
  LimitConfig,
  MatchConfig,
  Milliseconds,
  PathMatchConfig,
  RetryBudgetConfig,
  RetryConfig,
  RouteConfig,
  RuleConfig,
  SecretRef,
  TimeoutsConfig,
  ValueMatchConfig,
} from './types.ts'
export type {
  BackendInput,
  BackendRefInput,
  BackoffInput,
  BodiesInput,
  BreakerInput,
  BreakerRatioInput,
  CapacityInput,
  ConditionInput,
  DurationInput,
  FallbackInput,
  ForwardedInput,
  GatewayConfigInput,
  LimitInput,
  RetryBudgetInput,
  RetryInput,
  RouteInput,
  RuleInput,
  TimeoutsInput,
} from './input.ts'
