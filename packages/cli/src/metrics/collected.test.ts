import { exposedMetrics } from '@headgate/prometheus'
import { expect, test } from 'vitest'
import { Departed, single, textOf } from './collected.ts'
import type { Collected } from './collected.ts'

const [requests, active, breaker, duration] = [
  'headgate_requests_total',
  'headgate_requests_active',
  'headgate_circuit_breaker_open',
  'headgate_request_duration_seconds',
].map((name) => exposedMetrics('headgate').find((metric) => metric.name === name))

function told(counted: number, flying: number, open: number): Collected {
  if (requests === undefined || active === undefined || breaker === undefined || duration === undefined)
    throw new Error('a metric has another name')
  const [histogram] = single(duration, counted)
  return [
    ...single(requests, counted),
    ...single(active, flying),
    ...single(breaker, open),
    { ...histogram, values: [{ labels: { le: '1' }, value: counted, metricName: `${duration.name}_bucket` }] },
  ] as Collected
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

test('counts and gauges are added up, the breaker is the highest', async () => {
  expect(lines(await textOf([told(3, 1, 1), told(4, 2, 0)]))).toEqual([
    'headgate_requests_total 7',
    'headgate_requests_active 3',
    'headgate_circuit_breaker_open 1',
    'headgate_request_duration_seconds_bucket{le="1"} 7',
  ])
})

test('what a process that is gone has counted stays, and what it held does not', async () => {
  const departed = new Departed()
  departed.add(told(3, 1, 1))
  departed.add(told(2, 5, 1))
  expect(lines(await textOf([told(1, 0, 0), departed.collected]))).toEqual([
    'headgate_requests_total 6',
    'headgate_requests_active 0',
    'headgate_circuit_breaker_open 0',
    'headgate_request_duration_seconds_bucket{le="1"} 6',
  ])
})
