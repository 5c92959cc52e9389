import { nothingCounted } from '@headgate/prometheus'
import type { MetricSnapshot } from '@headgate/prometheus'
import { expect, test } from 'vitest'
import { Departed } from './departed.ts'

function told(counted: number, flying: number): MetricSnapshot {
  return {
    ...nothingCounted,
    retries_total: [{ labels: { upstream_cluster: 'b' }, value: counted }],
    requests_active: [{ labels: {}, value: flying }],
  }
}

test('what a process that is gone has counted stays, and what it held does not', () => {
  const departed = new Departed()
  departed.add(told(3, 1))
  departed.add(told(2, 5))
  expect(departed.snapshot).toEqual({
    ...nothingCounted,
    retries_total: [{ labels: { upstream_cluster: 'b' }, value: 5 }],
  })
})
