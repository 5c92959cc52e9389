import { describe, expect, test } from 'vitest'
import { checkedPrefix, exposedMetrics, kgatewayNames, metricTable } from './metrics.ts'

/** Nothing of what callers send is a label. */
const labels = new Set([
  'route',
  'rule',
  'method',
  'code',
  'result',
  'upstream_cluster',
  'outcome',
  'code_class',
  'reason',
  'bound',
  'state',
  'token_type',
  // A name of the list of prices.
  'model',
  'limit',
  'decision',
])

describe.each(Object.entries(metricTable))('%s', (name, row) => {
  test('is named as Prometheus wants it', () => {
    expect(name).toMatch(/^[a-z][a-z0-9_]*$/)
    expect(name.endsWith('_total')).toBe(row.type === 'counter')
    expect(name.endsWith('_seconds')).toBe(row.type === 'histogram')
    expect(name).not.toMatch(/_(?:count|sum|bucket|ms)$/)
    expect(row.help).toMatch(/^\S.*\.$/)
  })

  test('has labels of a known number of values', () => {
    expect(row.labels.filter((label) => !labels.has(label))).toEqual([])
  })
})

test('the names of the kgateway document are there with its prefix alone', () => {
  const names = (prefix: string): string[] => exposedMetrics(prefix).map(({ name }) => name)
  expect(names('kgateway')).toEqual(
    expect.arrayContaining([
      'kgateway_requests_total',
      'kgateway_request_duration_seconds',
      'kgateway_upstream_rq_xx',
      'kgateway_upstream_rq_5xx',
      'kgateway_upstream_cx_active',
      'kgateway_retry_count',
      'kgateway_circuit_breaker_open',
    ]),
  )
  expect(names('headgate')).toHaveLength(Object.keys(metricTable).length)
  expect(names('kgateway')).toHaveLength(Object.keys(metricTable).length + Object.keys(kgatewayNames).length)
})

test.for(['', '9a', 'a:b', 'a-b', 'a b', 'é', 'a'.repeat(65)])('the prefix %j is refused', (prefix) => {
  expect(() => checkedPrefix(prefix)).toThrow(TypeError)
  expect(() => exposedMetrics(checkedPrefix(prefix))).toThrow('expected letters, digits and _')
})
