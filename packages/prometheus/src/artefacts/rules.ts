/** Rules for Prometheus from the metric table: what is recorded, and what somebody should be told. */

import { checkedPrefix, defaultPrefix } from '../metrics.ts'
import type { MetricName } from '../metrics.ts'

export interface RecordingRule {
  readonly record: string
  readonly expr: string
}

export interface AlertingRule {
  readonly alert: string
  readonly expr: string
  readonly for: string
  readonly labels: { readonly severity: 'critical' | 'warning' }
  readonly annotations: { readonly summary: string; readonly description?: string }
}

export interface RuleGroup {
  readonly name: string
  readonly rules: readonly (RecordingRule | AlertingRule)[]
}

export interface RuleOptions {
  /** As for `metrics`. Default `headgate`; with `kgateway` the three alerts of the kgateway document are there to the letter. */
  readonly prefix?: string
  /** The share of requests that must not end in 5xx, for the alerts on the error budget. Default 0.999. */
  readonly objective?: number
  /** What 95 of 100 streams have said their first word within, in seconds. Default 5. */
  readonly firstTokenSeconds?: number
  /** What 95 of 100 attempts that find every connection busy have one within, in seconds. Default 1. */
  readonly pendingSeconds?: number
}

/** The three alerts of the kgateway document. */
const documented: readonly AlertingRule[] = [
  {
    alert: 'HighErrorRate',
    expr: 'sum(rate(kgateway_upstream_rq_5xx[5m])) /\nsum(rate(kgateway_requests_total[5m])) > 0.05\n',
    for: '5m',
    labels: { severity: 'critical' },
    annotations: {
      summary: 'Inference Gateway error rate exceeds 5%',
      description: 'Error rate in last 5m is {{ $value | humanizePercentage }}',
    },
  },
  {
    alert: 'HighLatency',
    expr: 'histogram_quantile(0.99,\n  sum(rate(kgateway_request_duration_seconds_bucket[5m])) by (le)\n) > 30\n',
    for: '5m',
    labels: { severity: 'warning' },
    annotations: { summary: 'Inference Gateway P99 latency exceeds 30s' },
  },
  {
    alert: 'CircuitBreakerOpen',
    expr: 'kgateway_circuit_breaker_open == 1',
    for: '1m',
    labels: { severity: 'critical' },
    annotations: {
      summary: 'Circuit breaker activated',
      description: 'Circuit breaker for {{ $labels.upstream_cluster }} is open',
    },
  },
]

/** The groups of a rule file. Throws TypeError for a bad prefix, RangeError for an objective that is not between 0 and 1. */
export function ruleGroups(options: RuleOptions = {}): readonly RuleGroup[] {
  const { objective = 0.999, firstTokenSeconds = 5, pendingSeconds = 1 } = options
  const prefix = checkedPrefix(options.prefix ?? defaultPrefix)
  if (!(objective > 0 && objective < 1))
    throw new RangeError(`objective is ${objective}: expected a share between 0 and 1`)
  const name: Namer = (metric) => `${prefix}_${metric}`
  return [
    { name: `${prefix}-alerts`, rules: documented.map((rule) => ({ ...rule, expr: inNamesOf(prefix, rule.expr) })) },
    { name: `${prefix}-recordings`, rules: recordings(prefix, name) },
    { name: `${prefix}-budget-alerts`, rules: budgetAlerts(prefix, 1 - objective) },
    { name: `${prefix}-stream-alerts`, rules: streamAlerts(name, firstTokenSeconds) },
    { name: `${prefix}-backend-alerts`, rules: backendAlerts(name, pendingSeconds) },
  ]
}

export type Namer = (metric: MetricName | `${MetricName}_${'bucket' | 'count'}`) => string

/** A query of the kgateway document in the names of another prefix. */
export function inNamesOf(prefix: string, query: string): string {
  if (prefix === 'kgateway') return query
  return query
    .replaceAll('kgateway_upstream_rq_5xx', 'kgateway_upstream_rq_xx_total{code_class="5xx"}')
    .replaceAll('kgateway_', `${prefix}_`)
}

const windows = ['5m', '30m', '1h', '6h'] as const

function recordings(prefix: string, name: Namer): readonly RecordingRule[] {
  const requests = name('requests_total')
  return [
    { record: `${prefix}:requests:rate5m`, expr: `sum by (route) (rate(${requests}[5m]))` },
    ...windows.map((window) => ({
      record: errorRatio(prefix, window),
      expr: `sum(rate(${requests}{code=~"5.."}[${window}])) / sum(rate(${requests}[${window}]))`,
    })),
    {
      record: `${prefix}:request_duration_seconds:p99_5m`,
      expr: `histogram_quantile(0.99, sum by (le, route) (rate(${name('request_duration_seconds_bucket')}[5m])))`,
    },
    {
      record: `${prefix}:time_to_first_token_seconds:p95_5m`,
      expr: `histogram_quantile(0.95, sum by (le, route) (rate(${name('time_to_first_token_seconds_bucket')}[5m])))`,
    },
  ]
}

function errorRatio(prefix: string, window: (typeof windows)[number]): string {
  return `${prefix}:request_errors:ratio_${window}`
}

/** As in the SRE workbook: a long window that shows that it matters, and a short one that shows that it goes on. */
function budgetAlerts(prefix: string, budget: number): readonly AlertingRule[] {
  const burning = (factor: number, long: '1h' | '6h', short: '5m' | '30m'): string => {
    const limit = Number((factor * budget).toPrecision(6))
    return `${errorRatio(prefix, long)} > ${limit} and ${errorRatio(prefix, short)} > ${limit}`
  }
  const annotations = (span: string): AlertingRule['annotations'] => ({
    summary: `At this rate the error budget of 30 days is spent in ${span}`,
    description: '{{ $value | humanizePercentage }} of the requests end in 5xx',
  })
  return [
    {
      alert: 'ErrorBudgetBurnFast',
      expr: burning(14.4, '1h', '5m'),
      for: '2m',
      labels: { severity: 'critical' },
      annotations: annotations('two days'),
    },
    {
      alert: 'ErrorBudgetBurnSlow',
      expr: burning(6, '6h', '30m'),
      for: '15m',
      labels: { severity: 'warning' },
      annotations: annotations('five days'),
    },
  ]
}

function streamAlerts(name: Namer, firstTokenSeconds: number): readonly AlertingRule[] {
  const results = name('request_results_total')
  return [
    {
      alert: 'SlowFirstToken',
      expr: `histogram_quantile(0.95, sum by (le, route) (rate(${name('time_to_first_token_seconds_bucket')}[5m]))) > ${firstTokenSeconds}`,
      for: '10m',
      labels: { severity: 'warning' },
      annotations: {
        summary: `Streams of {{ $labels.route }} say their first word after more than ${firstTokenSeconds}s`,
        description: 'The 95th percentile of the last 5m is {{ $value | humanizeDuration }}',
      },
    },
    {
      alert: 'BrokenReplies',
      expr: `sum by (route) (rate(${results}{result="broken"}[5m])) / sum by (route) (rate(${results}[5m])) > 0.02`,
      for: '5m',
      labels: { severity: 'warning' },
      annotations: {
        summary: 'Replies of {{ $labels.route }} break after they began',
        description: '{{ $value | humanizePercentage }} of the requests',
      },
    },
  ]
}

function backendAlerts(name: Namer, pendingSeconds: number): readonly AlertingRule[] {
  const warning = { severity: 'warning' } as const
  return [
    {
      alert: 'CircuitBreakerFlapping',
      expr: `sum by (upstream_cluster) (increase(${name('circuit_breaker_transitions_total')}{state="open"}[15m])) > 4`,
      for: '5m',
      labels: warning,
      annotations: {
        summary: 'The circuit breaker of {{ $labels.upstream_cluster }} opens again and again',
        description: '{{ $value | humanize }} times in 15m',
      },
    },
    {
      alert: 'RetryBudgetSpent',
      expr: `sum by (upstream_cluster) (rate(${name('retries_refused_total')}{reason="budget"}[5m])) > 0`,
      for: '5m',
      labels: warning,
      annotations: { summary: 'Retries at {{ $labels.upstream_cluster }} are not made: the budget is spent' },
    },
    {
      alert: 'BackendOverflow',
      expr: `sum by (upstream_cluster) (rate(${name('overflows_total')}{bound=~"requests|pending"}[5m])) > 0`,
      for: '5m',
      labels: warning,
      annotations: { summary: '{{ $labels.upstream_cluster }} is asked for more than its capacity allows' },
    },
    {
      alert: 'LongWaitForConnection',
      // Those who wait are few on a good day: it matters where they are more than one in 20.
      expr: `histogram_quantile(0.95, sum by (le, upstream_cluster) (rate(${name('upstream_rq_pending_seconds_bucket')}[5m]))) > ${pendingSeconds} and sum by (upstream_cluster) (rate(${name('upstream_rq_pending_seconds_count')}[5m])) > 0.05 * sum by (upstream_cluster) (rate(${name('upstream_rq_duration_seconds_count')}[5m]))`,
      for: '5m',
      labels: warning,
      annotations: {
        summary: 'Attempts at {{ $labels.upstream_cluster }} wait for a connection',
        description: 'The 95th percentile of those that wait is {{ $value | humanizeDuration }}',
      },
    },
    {
      alert: 'EndpointsOut',
      expr: `${name('endpoints_ejected')} + ${name('endpoints_unhealthy')} > 0`,
      for: '5m',
      labels: warning,
      annotations: { summary: '{{ $value }} endpoints of {{ $labels.upstream_cluster }} are out' },
    },
    {
      alert: 'ConfigReloadRefused',
      expr: `increase(${name('config_reloads_refused_total')}[15m]) > 0`,
      for: '1m',
      labels: warning,
      annotations: { summary: 'The gateway goes on with its former config: the new one has errors' },
    },
  ]
}
