/** Every metric: name without its prefix, type, help, labels. What is exposed, documented and drawn is made from this table. */

export type MetricType = 'counter' | 'gauge' | 'histogram'

export interface MetricRow {
  readonly type: MetricType
  readonly help: string
  readonly labels: readonly string[]
  /** How the values of several processes become one. */
  readonly over: 'sum' | 'max'
}

/** A name without its prefix. */
export type MetricName =
  | 'requests_total'
  | 'request_results_total'
  | 'request_duration_seconds'
  | 'time_to_first_byte_seconds'
  | 'time_to_first_token_seconds'
  | 'requests_active'
  | 'upstream_rq_total'
  | 'upstream_rq_xx_total'
  | 'upstream_rq_duration_seconds'
  | 'upstream_rq_active'
  | 'upstream_rq_pending_active'
  | 'upstream_rq_pending_seconds'
  | 'upstream_cx_active'
  | 'upstream_cx_idle'
  | 'retries_total'
  | 'retries_refused_total'
  | 'fallbacks_total'
  | 'overflows_total'
  | 'circuit_breaker_open'
  | 'circuit_breaker_endpoints'
  | 'circuit_breaker_transitions_total'
  | 'endpoints'
  | 'endpoints_ejected'
  | 'endpoints_unhealthy'
  | 'ejections_total'
  | 'tokens_total'
  | 'time_per_output_token_seconds'
  | 'cost_total'
  | 'unpriced_tokens_total'
  | 'limit_requests_total'
  | 'limit_keys'
  | 'config_reloads_total'
  | 'config_reloads_refused_total'
  | 'config_version'

const counter = (labels: readonly string[], help: string, over: MetricRow['over'] = 'sum'): MetricRow => ({
  type: 'counter',
  help,
  labels,
  over,
})
const gauge = (labels: readonly string[], help: string, over: MetricRow['over'] = 'sum'): MetricRow => ({
  type: 'gauge',
  help,
  labels,
  over,
})
const histogram = (labels: readonly string[], help: string): MetricRow => ({
  type: 'histogram',
  help,
  labels,
  over: 'sum',
})

const byRule = ['route', 'rule'] as const
const byBackend = ['upstream_cluster'] as const

export const metricTable: Readonly<Record<MetricName, MetricRow>> = {
  requests_total: counter(
    [...byRule, 'method', 'code'],
    'Requests that ended, by the status that the caller got; code 0: it left before. Without a route the label is empty.',
  ),
  request_results_total: counter(
    [...byRule, 'result'],
    'Requests that ended, by how: completed, answered by the gateway itself, broken after they began, abandoned by the caller.',
  ),
  request_duration_seconds: histogram(byRule, 'From the match of a request to its last byte.'),
  time_to_first_byte_seconds: histogram(
    byRule,
    'From the match of a request to the head that its caller got from a backend.',
  ),
  time_to_first_token_seconds: histogram(
    byRule,
    'From the match of a request to the first event of its stream that says something.',
  ),
  requests_active: gauge([], 'Requests in flight.'),
  upstream_rq_total: counter(
    [...byBackend, 'code', 'outcome'],
    'Attempts that ended, by the status of the reply (0: there was none) and by outcome (ok: it came whole).',
  ),
  upstream_rq_xx_total: counter(
    [...byBackend, 'code_class'],
    'Attempts that ended, by class of status. As in Envoy, one that failed without a reply counts as 5xx.',
  ),
  upstream_rq_duration_seconds: histogram(byBackend, 'From choosing an endpoint to the end of the attempt.'),
  upstream_rq_active: gauge(byBackend, 'Attempts in flight.'),
  upstream_rq_pending_active: gauge(byBackend, 'Attempts that wait for a connection.'),
  upstream_rq_pending_seconds: histogram(
    byBackend,
    'Wait of attempts that found every connection busy, until they had one or gave up.',
  ),
  upstream_cx_active: gauge(byBackend, 'Connections that are open or being opened.'),
  upstream_cx_idle: gauge(byBackend, 'Open connections that serve nobody.'),
  retries_total: counter(
    byBackend,
    'Further attempts at a backend that had one for the same request; a first one is none.',
  ),
  retries_refused_total: counter(
    [...byBackend, 'reason'],
    'Retries that were due and not made: budget is spent, concurrency is reached, or max_retries.',
  ),
  fallbacks_total: counter(byBackend, 'Attempts at this backend because another one failed or had no place.'),
  overflows_total: counter(
    [...byBackend, 'bound'],
    'What a bound of the backend refused: requests, pending, retries, ejections.',
  ),
  circuit_breaker_open: gauge(
    byBackend,
    '1 from the opening of a circuit breaker until it closes, while any endpoint of the backend is not closed.',
    'max',
  ),
  circuit_breaker_endpoints: gauge([...byBackend, 'state'], 'Endpoints by the state of their circuit breaker.'),
  circuit_breaker_transitions_total: counter(
    [...byBackend, 'state'],
    'Changes of circuit breakers, by the state that they came to.',
  ),
  endpoints: gauge(byBackend, 'Endpoints of the backend.', 'max'),
  endpoints_ejected: gauge(byBackend, 'Endpoints that outlier detection has taken out.', 'max'),
  endpoints_unhealthy: gauge(byBackend, 'Endpoints that active health checks find unhealthy.', 'max'),
  ejections_total: counter(byBackend, 'Ejections by outlier detection.'),
  tokens_total: counter(
    [...byBackend, 'token_type'],
    'Tokens as the backend counts them: input, output, and cached, which are a part of input.',
  ),
  time_per_output_token_seconds: histogram(
    byBackend,
    'Between two tokens, on average over each stream: from its first event that says something to its end.',
  ),
  cost_total: counter([...byBackend, 'model'], 'What tokens cost by the prices that were given, in their currency.'),
  unpriced_tokens_total: counter(byBackend, 'Input and output tokens of models that have no price.'),
  limit_requests_total: counter(
    ['limit', 'decision'],
    'Requests that a limit applied to: allowed by all limits, or refused by this one.',
  ),
  limit_keys: gauge(['limit'], 'Keys that have a bucket.'),
  config_reloads_total: counter([], 'Changes of the config that took effect, weights among them.', 'max'),
  config_reloads_refused_total: counter([], 'Changes of the config that were refused.', 'max'),
  config_version: gauge([], 'Number of the config in force, counted from 1.', 'max'),
}

/** Something for each row of the table. */
export function mapRows<Value>(of: (name: MetricName, row: MetricRow) => Value): Record<MetricName, Value> {
  const rows = Object.entries(metricTable) as [MetricName, MetricRow][]
  return Object.fromEntries(rows.map(([name, row]) => [name, of(name, row)])) as Record<MetricName, Value>
}

/** Names that the kgateway document uses and that its queries need, though they are not well formed. */
export const kgatewayNames: Readonly<Record<string, MetricName>> = {
  retry_count: 'retries_total',
  upstream_rq_xx: 'upstream_rq_xx_total',
  upstream_rq_5xx: 'upstream_rq_xx_total',
}

export const defaultPrefix = 'headgate'

/** Throws TypeError where names with it would not be names of Prometheus. */
export function checkedPrefix(prefix: string): string {
  if (/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(prefix) && prefix.length <= 64) return prefix
  throw new TypeError(`prefix ${JSON.stringify(prefix)}: expected letters, digits and _, not a digit first`)
}

/** One metric as it is exposed. */
export interface ExposedMetric extends MetricRow {
  /** With its prefix. */
  readonly name: string
  /** The row of the table that its values come from. */
  readonly row: MetricName
  /** Only values with this `code_class`, and without that label. */
  readonly codeClass?: string
}

/** Every metric with this prefix; with `kgateway` those names as well that the kgateway document has. */
export function exposedMetrics(prefix: string): readonly ExposedMetric[] {
  const own = (Object.entries(metricTable) as [MetricName, MetricRow][]).map(([row, metric]) => ({
    ...metric,
    name: `${prefix}_${row}`,
    row,
  }))
  if (prefix !== 'kgateway') return own
  const more = Object.entries(kgatewayNames).map(([name, row]): ExposedMetric => {
    const metric = { ...metricTable[row], name: `${prefix}_${name}`, row }
    const codeClass = /_([1-5]xx)$/.exec(name)?.[1]
    return codeClass === undefined ? metric : { ...metric, labels: byBackend, codeClass }
  })
  return [...own, ...more]
}
