/** What a dashboard shows: titles and queries. How it looks is decided elsewhere. */

import { inNamesOf } from './rules.ts'
import type { Namer } from './rules.ts'

/** The panels in their order. */
export function panelPlans(prefix: string): readonly PanelPlan[] {
  const name: Namer = (metric) => `${prefix}_${metric}`
  return [...documentedPanels(prefix), ...traffic(name), ...backends(name), ...tokens(name)]
}

export interface PanelPlan {
  readonly title: string
  readonly unit: 'reqps' | 's' | 'percent' | 'short' | 'percentunit'
  readonly about: string
  /** Query and legend. */
  readonly queries: readonly (readonly [expr: string, legend: string])[]
}

/** The four queries of the kgateway document, to the letter with that prefix. */
export const documentedQueries: Readonly<Record<'requests' | 'latency' | 'errors' | 'connections', string>> = {
  requests: 'sum(rate(kgateway_requests_total[5m])) by (route)',
  latency: 'histogram_quantile(0.99,\n  sum(rate(kgateway_request_duration_seconds_bucket[5m])) by (le, route)\n)',
  errors: 'sum(rate(kgateway_upstream_rq_5xx[5m])) /\nsum(rate(kgateway_requests_total[5m])) * 100',
  connections: 'sum(kgateway_upstream_cx_active) by (upstream_cluster)',
}

function documentedPanels(prefix: string): readonly PanelPlan[] {
  const { requests, latency, errors, connections } = documentedQueries
  return [
    {
      title: 'Requests per second',
      unit: 'reqps',
      about: 'By route; requests that no route took have none.',
      queries: [[inNamesOf(prefix, requests), '{{route}}']],
    },
    {
      title: 'P99 latency',
      unit: 's',
      about: 'From the match to the last byte.',
      queries: [[inNamesOf(prefix, latency), '{{route}}']],
    },
    {
      title: 'Error rate',
      unit: 'percent',
      about: 'Attempts that failed, of all requests: retries count, so it may be above what callers see.',
      queries: [[inNamesOf(prefix, errors), 'attempts']],
    },
    {
      title: 'Active connections by backend',
      unit: 'short',
      about: 'Open or being opened.',
      queries: [[inNamesOf(prefix, connections), '{{upstream_cluster}}']],
    },
  ]
}

function quantile(name: Namer, q: number, metric: Parameters<Namer>[0], by: string): string {
  return `histogram_quantile(${q}, sum by (le, ${by}) (rate(${name(metric)}[5m])))`
}

function traffic(name: Namer): readonly PanelPlan[] {
  return [
    {
      title: 'Time to the first token, P50 and P95',
      unit: 's',
      about: 'From the match to the first event of a stream that says something.',
      queries: [
        [quantile(name, 0.5, 'time_to_first_token_seconds_bucket', 'route'), 'P50 {{route}}'],
        [quantile(name, 0.95, 'time_to_first_token_seconds_bucket', 'route'), 'P95 {{route}}'],
      ],
    },
    {
      title: 'Statuses that callers get',
      unit: 'reqps',
      about: '0: the caller left before one was sent.',
      queries: [[`sum by (code) (rate(${name('requests_total')}[5m]))`, '{{code}}']],
    },
    {
      title: 'Replies that broke or were abandoned',
      unit: 'reqps',
      about: 'Under a status that says nothing of it.',
      queries: [
        [`sum by (result) (rate(${name('request_results_total')}{result=~"broken|abandoned"}[5m]))`, '{{result}}'],
      ],
    },
    {
      title: 'Requests in flight',
      unit: 'short',
      about: 'Of the gateway, and attempts of each backend.',
      queries: [
        [`sum(${name('requests_active')})`, 'requests'],
        [`sum by (upstream_cluster) (${name('upstream_rq_active')})`, '{{upstream_cluster}}'],
      ],
    },
  ]
}

function rate(name: Namer, metric: Parameters<Namer>[0], by: string): string {
  return `sum by (${by}) (rate(${name(metric)}[5m]))`
}

function backends(name: Namer): readonly PanelPlan[] {
  return [
    {
      title: 'Outcomes of attempts',
      unit: 'reqps',
      about: 'ok: a whole reply came, whatever its status.',
      queries: [[rate(name, 'upstream_rq_total', 'upstream_cluster, outcome'), '{{upstream_cluster}} {{outcome}}']],
    },
    {
      title: 'Retries and fallbacks',
      unit: 'reqps',
      about: 'Refused: the budget or a bound on retries.',
      queries: [
        [rate(name, 'retries_total', 'upstream_cluster'), 'retries {{upstream_cluster}}'],
        [rate(name, 'retries_refused_total', 'upstream_cluster, reason'), 'refused {{upstream_cluster}} {{reason}}'],
        [rate(name, 'fallbacks_total', 'upstream_cluster'), 'fallbacks to {{upstream_cluster}}'],
      ],
    },
    {
      title: 'Circuit breakers and endpoints that are out',
      unit: 'short',
      about: '1: a breaker is not closed.',
      queries: [
        [`max by (upstream_cluster) (${name('circuit_breaker_open')})`, 'open {{upstream_cluster}}'],
        [`max by (upstream_cluster) (${name('endpoints_ejected')})`, 'ejected {{upstream_cluster}}'],
        [`max by (upstream_cluster) (${name('endpoints_unhealthy')})`, 'unhealthy {{upstream_cluster}}'],
      ],
    },
    {
      title: 'Wait for a connection, P50 and P95',
      unit: 's',
      about: 'Of attempts that found every one busy.',
      queries: [
        [quantile(name, 0.5, 'upstream_rq_pending_seconds_bucket', 'upstream_cluster'), 'P50 {{upstream_cluster}}'],
        [quantile(name, 0.95, 'upstream_rq_pending_seconds_bucket', 'upstream_cluster'), 'P95 {{upstream_cluster}}'],
      ],
    },
    {
      title: 'Waiting and refused by capacity',
      unit: 'short',
      about: 'Attempts that wait for a connection, and what a bound refused in 5m.',
      queries: [
        [`sum by (upstream_cluster) (${name('upstream_rq_pending_active')})`, 'waiting {{upstream_cluster}}'],
        [
          `sum by (upstream_cluster, bound) (increase(${name('overflows_total')}[5m]))`,
          '{{upstream_cluster}} {{bound}}',
        ],
      ],
    },
    {
      title: 'Limits',
      unit: 'reqps',
      about: 'By what they decided.',
      queries: [[rate(name, 'limit_requests_total', 'limit, decision'), '{{limit}} {{decision}}']],
    },
  ]
}

function tokens(name: Namer): readonly PanelPlan[] {
  return [
    {
      title: 'Tokens per second',
      unit: 'short',
      about: 'As backends count them.',
      queries: [[rate(name, 'tokens_total', 'upstream_cluster, token_type'), '{{upstream_cluster}} {{token_type}}']],
    },
    {
      title: 'Time between tokens, P50 and P95',
      unit: 's',
      about: 'On average over each stream whose backend counts its tokens.',
      queries: [
        [quantile(name, 0.5, 'time_per_output_token_seconds_bucket', 'upstream_cluster'), 'P50 {{upstream_cluster}}'],
        [quantile(name, 0.95, 'time_per_output_token_seconds_bucket', 'upstream_cluster'), 'P95 {{upstream_cluster}}'],
      ],
    },
    {
      title: 'Cost per hour',
      unit: 'short',
      about: 'By the prices that the gateway was given, in their currency; and tokens a second that have no price.',
      queries: [
        [`sum by (upstream_cluster, model) (rate(${name('cost_total')}[1h])) * 3600`, '{{upstream_cluster}} {{model}}'],
        [rate(name, 'unpriced_tokens_total', 'upstream_cluster'), 'without price {{upstream_cluster}}'],
      ],
    },
  ]
}
