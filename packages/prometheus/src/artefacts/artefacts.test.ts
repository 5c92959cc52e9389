/** Rules, dashboard and manifests: to the letter where the kgateway document has them, and no name that is not exposed. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { exposedMetrics } from '../metrics.ts'
import { dashboard } from './dashboard.ts'
import { operatorManifests, ruleFile, serviceMonitor } from './files.ts'
import { documentedQueries } from './panels.ts'
import { ruleGroups } from './rules.ts'
import { toYaml } from './yaml.ts'

/** As it stands in the kgateway document. */
const documentedRule = `
groups:
  - name: kgateway-alerts
    rules:
      - alert: HighErrorRate
        expr: |
          sum(rate(kgateway_upstream_rq_5xx[5m])) /
          sum(rate(kgateway_requests_total[5m])) > 0.05
        for: 5m
        labels:
          severity: critical
        annotations:
          summary: "Inference Gateway error rate exceeds 5%"
          description: "Error rate in last 5m is {{ $value | humanizePercentage }}"

      - alert: HighLatency
        expr: |
          histogram_quantile(0.99,
            sum(rate(kgateway_request_duration_seconds_bucket[5m])) by (le)
          ) > 30
        for: 5m
        labels:
          severity: warning
        annotations:
          summary: "Inference Gateway P99 latency exceeds 30s"

      - alert: CircuitBreakerOpen
        expr: kgateway_circuit_breaker_open == 1
        for: 1m
        labels:
          severity: critical
        annotations:
          summary: "Circuit breaker activated"
          description: "Circuit breaker for {{ $labels.upstream_cluster }} is open"
`

const documentedMonitor = `
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  name: kgateway-metrics
  namespace: monitoring
spec:
  selector:
    matchLabels:
      app: kgateway
  namespaceSelector:
    matchNames:
      - kgateway-system
  endpoints:
    - port: metrics
      interval: 15s
      path: /metrics
`

const documentedPanels = `
# Requests per second (RPS)
sum(rate(kgateway_requests_total[5m])) by (route)

# P99 latency
histogram_quantile(0.99,
  sum(rate(kgateway_request_duration_seconds_bucket[5m])) by (le, route)
)

# Error rate
sum(rate(kgateway_upstream_rq_5xx[5m])) /
sum(rate(kgateway_requests_total[5m])) * 100

# Active connections by backend
sum(kgateway_upstream_cx_active) by (upstream_cluster)
`

test('the alerts of the kgateway document are there to the letter', () => {
  const { groups } = parse(ruleFile({ prefix: 'kgateway' })) as { groups: unknown[] }
  expect(groups[0]).toEqual((parse(documentedRule) as { groups: unknown[] }).groups[0])
})

test('so is its ServiceMonitor', () => {
  expect(serviceMonitor({ prefix: 'kgateway' })).toEqual(parse(documentedMonitor))
})

test('and so are its queries', () => {
  const queries = documentedPanels.split(/\n?# .*\n/).map((query) => query.trim())
  expect(Object.values(documentedQueries)).toEqual(queries.filter((query) => query !== ''))
  const drawn = dashboard({ prefix: 'kgateway' }).panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
  expect(drawn).toEqual(expect.arrayContaining(Object.values(documentedQueries)))
})

describe.each(['headgate', 'kgateway', 'team_a'])('with the prefix %s', (prefix) => {
  const exposed = new Set(
    exposedMetrics(prefix).flatMap(({ name, type }) =>
      type === 'histogram' ? [name, `${name}_bucket`, `${name}_count`] : [name],
    ),
  )
  const groups = ruleGroups({ prefix })
  const exprs = [
    ...groups.flatMap(({ rules }) => rules.map(({ expr }) => expr)),
    ...dashboard({ prefix }).panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
  ]

  test('every name in a query is exposed or recorded', () => {
    const recorded = new Set(
      groups.flatMap(({ rules }) => rules.flatMap((rule) => ('record' in rule ? rule.record : []))),
    )
    const named = exprs.flatMap((expr) => expr.match(new RegExp(String.raw`\b${prefix}[_:][a-z0-9_:]+`, 'g')) ?? [])
    expect(named.length).toBeGreaterThan(exprs.length - 1)
    expect(named.filter((name) => !exposed.has(name) && !recorded.has(name))).toEqual([])
  })

  test('alerts have names, a time and words of their own', () => {
    const alerts = groups.flatMap(({ rules }) => rules.flatMap((rule) => ('alert' in rule ? [rule] : [])))
    expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length)
    for (const { for: time, annotations } of alerts) {
      expect(time).toMatch(/^\d+m$/)
      expect(annotations.summary).not.toBe('')
    }
  })

  test('the manifests for the operator are two documents with the same rules', () => {
    const [monitor, rule] = parseAllDocuments(operatorManifests({ prefix })).map(
      (document) => document.toJS() as object,
    )
    expect(monitor).toMatchObject({ kind: 'ServiceMonitor' })
    expect(rule).toMatchObject({ kind: 'PrometheusRule', spec: { groups } })
  })

  test('panels do not lie over one another', () => {
    const places = dashboard({ prefix }).panels.map(({ gridPos }) => JSON.stringify(gridPos))
    expect(new Set(places).size).toBe(places.length)
  })
})

test('an objective that is no share is refused', () => {
  expect(() => ruleGroups({ objective: 99.9 })).toThrow(RangeError)
})

test('what is written as YAML is read as the same', () => {
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom(
      'true',
      'no',
      '1',
      '1e3',
      '~',
      '',
      'a: b',
      '- a',
      '{{ x }}',
      'a\nb',
      'a\nb\n',
      '15s',
      '"',
      '|',
      '\n',
    ),
  )
  const { data } = fc.letrec<{ data: unknown }>((tie) => ({
    data: fc.oneof(
      { depthSize: 'small' },
      text,
      fc.integer(),
      fc.array(tie('data'), { minLength: 1, maxLength: 3 }),
      fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), tie('data'), { minKeys: 1, maxKeys: 3 }),
    ),
  }))
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), data, { minKeys: 1 }), (value) => {
      expect(parse(toYaml(value))).toEqual({ ...value })
    }),
  )
})
