/** Each alert of headgate's own goes off when its time has come, and not before: proved by promtool on series that are made up. */

import { exposedMetrics, ruleFile, ruleGroups } from '@headgate/prometheus'
import { describe, expect, test } from 'vitest'
import { found, promtool, temporaryFolder } from './tools.ts'

interface Case {
  /** Series and values, one a minute, in the notation of promtool. */
  readonly series: Readonly<Record<string, string>>
  /** Minutes: not yet, and then. */
  readonly quiet: number
  readonly fires: number
  readonly labels?: Readonly<Record<string, string>>
}

const backend = { upstream_cluster: 'b' }
const b = '{upstream_cluster="b"}'

/** A histogram of 60 observations a minute that lie all between these two bounds. */
function histogram(name: string, labels: string, below: string, above: string): Readonly<Record<string, string>> {
  return {
    [`${name}_bucket{${labels},le="${below}"}`]: '0+0x60',
    [`${name}_bucket{${labels},le="${above}"}`]: '0+60x60',
    [`${name}_bucket{${labels},le="+Inf"}`]: '0+60x60',
    [`${name}_count{${labels}}`]: '0+60x60',
  }
}

const cases: Readonly<Record<string, Case>> = {
  ErrorBudgetBurnFast: {
    series: {
      'headgate_requests_total{code="200"}': '0+98x60',
      'headgate_requests_total{code="500"}': '0+2x60',
    },
    quiet: 2,
    fires: 4,
  },
  ErrorBudgetBurnSlow: {
    series: {
      'headgate_requests_total{code="200"}': '0+992x60',
      'headgate_requests_total{code="500"}': '0+8x60',
    },
    quiet: 15,
    fires: 17,
  },
  SlowFirstToken: {
    series: histogram('headgate_time_to_first_token_seconds', 'route="r"', '5', '10'),
    quiet: 10,
    fires: 12,
    labels: { route: 'r' },
  },
  BrokenReplies: {
    series: {
      'headgate_request_results_total{route="r",result="completed"}': '0+97x60',
      'headgate_request_results_total{route="r",result="broken"}': '0+3x60',
    },
    quiet: 5,
    fires: 7,
    labels: { route: 'r' },
  },
  CircuitBreakerFlapping: {
    series: { 'headgate_circuit_breaker_transitions_total{upstream_cluster="b",state="open"}': '0+1x60' },
    quiet: 8,
    fires: 11,
    labels: backend,
  },
  RetryBudgetSpent: {
    series: { 'headgate_retries_refused_total{upstream_cluster="b",reason="budget"}': '0+1x60' },
    quiet: 5,
    fires: 7,
    labels: backend,
  },
  BackendOverflow: {
    series: { 'headgate_overflows_total{upstream_cluster="b",bound="pending"}': '0+1x60' },
    quiet: 5,
    fires: 7,
    labels: backend,
  },
  LongWaitForConnection: {
    series: {
      ...histogram('headgate_upstream_rq_pending_seconds', 'upstream_cluster="b"', '1', '2.5'),
      [`headgate_upstream_rq_duration_seconds_count${b}`]: '0+1000x60',
    },
    quiet: 5,
    fires: 7,
    labels: backend,
  },
  EndpointsOut: {
    series: {
      [`headgate_endpoints_ejected${b}`]: '0 1x60',
      [`headgate_endpoints_unhealthy${b}`]: '0x60',
    },
    quiet: 5,
    fires: 6,
    labels: backend,
  },
  ConfigReloadRefused: {
    series: { headgate_config_reloads_refused_total: '0+1x60' },
    quiet: 1,
    fires: 3,
  },
}

const [, ...own] = ruleGroups()
const alerts = own.flatMap(({ rules }) => rules.flatMap((rule) => ('alert' in rule ? [rule] : [])))

test('there is a case for each alert, and its series are of metrics that there are', () => {
  expect(Object.keys(cases)).toEqual(alerts.map(({ alert }) => alert))
  const names = exposedMetrics('headgate').map(({ name }) => name)
  for (const { series } of Object.values(cases)) {
    const named = Object.keys(series).map((one) => one.replace(/\{.*/, '').replace(/_(?:bucket|count)$/, ''))
    expect(named.filter((name) => !names.includes(name))).toEqual([])
  }
})

/** Whether it is firing; what it says is told by the table of rules. */
function promtoolTest({ series, quiet, fires, labels = {} }: Case, alert: string, severity: string): unknown {
  const query = `ALERTS{alertname="${alert}",alertstate="firing",severity="${severity}"}`
  const sample = `ALERTS{${[
    `alertname="${alert}"`,
    'alertstate="firing"',
    ...Object.entries(labels).map(([name, value]) => `${name}="${value}"`),
    `severity="${severity}"`,
  ].join(', ')}}`
  return {
    interval: '1m',
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    promql_expr_test: [
      { expr: query, eval_time: `${quiet}m`, exp_samples: [] },
      { expr: query, eval_time: `${fires}m`, exp_samples: [{ labels: sample, value: 1 }] },
    ],
  }
}

describe.skipIf(!found)('promtool', { timeout: 60_000 }, () => {
  test.for(alerts)('$alert', ({ alert, labels: { severity } }) => {
    const found = cases[alert]
    if (found === undefined) throw new Error('it has no case')
    using folder = temporaryFolder()
    const input = {
      rule_files: [folder.write('rules.yml', ruleFile())],
      evaluation_interval: '1m',
      tests: [promtoolTest(found, alert, severity)],
    }
    const { lines, status } = promtool(['test', 'rules', folder.write('test.yml', JSON.stringify(input))])
    expect(lines.join('\n')).toContain('SUCCESS')
    expect(status).toBe(0)
  })
})
