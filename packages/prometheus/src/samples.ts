/** The reading of a gateway's meters to the samples of each metric. It knows no registry and no text. */

import type {
  AttemptCount,
  BackendNow,
  BackendReading,
  HistogramReading,
  MetersReading,
  RuleReading,
  TokenReading,
} from 'headgate'
import { mapRows } from './metrics.ts'
import type { MetricName } from './metrics.ts'

export type Labels = Readonly<Record<string, string>>

export interface Sample {
  readonly labels: Labels
  /** A number, or the whole histogram of one set of labels. */
  readonly value: number | HistogramReading
}

/** All samples of one moment by the row of the metric table. Plain data: it crosses between processes. */
export type MetricSnapshot = Readonly<Record<MetricName, readonly Sample[]>>

type Samples = (reading: MetersReading) => Sample[]

const codeClasses = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const

/** What ends an attempt without a reply for a reason that is not the backend's. */
const ownReasons: ReadonlySet<string> = new Set(['cancelled', 'upload-failed', 'bad-request'])

const samplesOf: Readonly<Record<MetricName, Samples>> = {
  requests_total: (reading) =>
    reading.rules.flatMap((rule) =>
      rule.requests.map(({ method, status, count }) => ({
        labels: { ...ruleLabels(rule), method, code: String(status) },
        value: count,
      })),
    ),
  request_results_total: ({ rules }) =>
    rules.flatMap((rule) => each(ruleLabels(rule), 'result', rule.route === '' ? answered(rule) : rule.results)),
  request_duration_seconds: perRule(({ duration }) => duration),
  time_to_first_byte_seconds: perRule(({ firstByte }) => firstByte),
  time_to_first_token_seconds: perRule(({ firstToken }) => firstToken),
  requests_active: ({ inFlight }) => [{ labels: {}, value: inFlight }],
  upstream_rq_total: ({ backends }) =>
    backends.flatMap((backend) =>
      backend.attempts.map(({ status, outcome, count }) => ({
        labels: { ...backendLabels(backend), code: String(status), outcome },
        value: count,
      })),
    ),
  upstream_rq_xx_total: ({ backends }) =>
    backends.flatMap((backend) =>
      codeClasses.map((code_class) => ({
        labels: { ...backendLabels(backend), code_class },
        value: total(backend.attempts.filter((attempt) => classOf(attempt) === code_class)),
      })),
    ),
  upstream_rq_duration_seconds: perBackend(({ duration }) => duration),
  upstream_rq_active: perState(({ inFlight }) => inFlight),
  upstream_rq_pending_active: perState(({ waiting }) => waiting),
  upstream_rq_pending_seconds: perBackend(({ pending }) => pending),
  upstream_cx_active: perState(({ connections }) => connections),
  upstream_cx_idle: perState(({ idleConnections }) => idleConnections),
  retries_total: perBackend(({ retries }) => retries),
  retries_refused_total: eachState('reason', ({ refusedRetries, overflows }) => ({
    ...refusedRetries,
    max_retries: overflows.retries,
  })),
  fallbacks_total: perBackend(({ fallbacks }) => fallbacks),
  overflows_total: eachState('bound', ({ overflows }) => overflows),
  circuit_breaker_open: perState(({ breakers }) => Number(breakers.open + breakers['half-open'] > 0)),
  circuit_breaker_endpoints: eachState('state', ({ breakers }) => breakers),
  circuit_breaker_transitions_total: ({ backends }) =>
    backends.flatMap((backend) => each(backendLabels(backend), 'state', backend.breakerChanges)),
  endpoints: perState(({ endpoints }) => endpoints),
  endpoints_ejected: perState(({ ejected }) => ejected),
  endpoints_unhealthy: perState(({ unhealthy }) => unhealthy),
  ejections_total: perState(({ ejections }) => ejections),
  tokens_total: ({ backends }) =>
    backends.flatMap((backend) => {
      if (backend.tokens === undefined) return []
      const { input, output, cached } = backend.tokens
      return each(backendLabels(backend), 'token_type', { input, output, cached })
    }),
  time_per_output_token_seconds: perTokens(({ timePerOutputToken }) => timePerOutputToken),
  cost_total: ({ backends }) =>
    backends.flatMap((backend) =>
      (backend.tokens?.costs ?? []).map(({ model, cost }) => ({
        labels: { ...backendLabels(backend), model },
        value: cost,
      })),
    ),
  unpriced_tokens_total: perTokens(({ unpriced }) => unpriced),
  limit_requests_total: ({ limits }) =>
    limits.flatMap(({ limit, allowed, refused }) => each({ limit }, 'decision', { allowed, refused })),
  limit_keys: ({ limits }) =>
    limits.flatMap(({ limit, keys }) => (keys === undefined ? [] : [{ labels: { limit }, value: keys }])),
  config_reloads_total: ({ reloads }) => [{ labels: {}, value: reloads }],
  config_reloads_refused_total: ({ refusedReloads }) => [{ labels: {}, value: refusedReloads }],
  config_version: ({ reloads }) => [{ labels: {}, value: reloads + 1 }],
}

export function takeSnapshot(reading: MetersReading): MetricSnapshot {
  return mapRows((row) => samplesOf[row](reading))
}

function classOf({ status, outcome }: AttemptCount): string {
  if (status >= 100) return `${Math.floor(status / 100)}xx`
  return ownReasons.has(outcome) ? '' : '5xx'
}

function total(attempts: readonly AttemptCount[]): number {
  return attempts.reduce((sum, { count }) => sum + count, 0)
}

function ruleLabels({ route, rule }: RuleReading): Labels {
  return { route, rule }
}

function backendLabels({ backend }: BackendReading): Labels {
  return { upstream_cluster: backend }
}

/** Requests without a route end in no other way, and take no time. */
function answered({ results }: RuleReading): Readonly<Record<string, number>> {
  return { answered: results.answered }
}

function perRule(of: (rule: RuleReading) => HistogramReading): Samples {
  return ({ rules }) =>
    rules.filter(({ route }) => route !== '').map((rule) => ({ labels: ruleLabels(rule), value: of(rule) }))
}

function perBackend(of: (backend: BackendReading) => Sample['value']): Samples {
  return ({ backends }) => backends.map((backend) => ({ labels: backendLabels(backend), value: of(backend) }))
}

/** Of those whose tokens are counted, where there is a value. */
function perTokens(of: (tokens: TokenReading) => Sample['value'] | undefined): Samples {
  return ({ backends }) =>
    backends.flatMap((backend) => {
      const value = backend.tokens === undefined ? undefined : of(backend.tokens)
      return value === undefined ? [] : [{ labels: backendLabels(backend), value }]
    })
}

/** Of those that the config in force has. */
function perState(of: (now: BackendNow) => number): Samples {
  return ({ backends }) =>
    backends.flatMap((backend) =>
      backend.now === undefined ? [] : [{ labels: backendLabels(backend), value: of(backend.now) }],
    )
}

function eachState(label: string, of: (now: BackendNow) => Readonly<Record<string, number>>): Samples {
  return ({ backends }) =>
    backends.flatMap((backend) =>
      backend.now === undefined ? [] : each(backendLabels(backend), label, of(backend.now)),
    )
}

function each(labels: Labels, label: string, values: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(values).map(([name, value]) => ({ labels: { ...labels, [label]: name }, value }))
}
