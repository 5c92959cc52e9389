import fc from 'fast-check'
import { defineConfig } from '@headgate/config'
import type { GatewayConfig } from '@headgate/config'
import { expect, test } from 'vitest'
import { divideBounds } from './divide-bounds.ts'

const config: GatewayConfig = defineConfig({
  version: 1,
  name: 'g',
  backends: [
    {
      name: 'bounded',
      endpoints: ['http://a'],
      capacity: { maxRequests: 10, maxConnections: 3 },
      breaker: { failures: 5 },
    },
    { name: 'free', endpoints: ['http://b'], retryBudget: false },
  ],
  limits: [{ name: 'tenant', per: { header: 'x-tenant' }, tokens: 100, every: '1m', burst: 150 }],
  routes: [{ name: 'r', rules: [{ backends: [{ backend: 'bounded' }, { backend: 'free' }], limits: ['tenant'] }] }],
})

test('each worker has its share of what counts, rounded up', () => {
  const { config: divided } = divideBounds(config, 4, 'g.json')
  expect(divided.limits[0]).toMatchObject({ tokens: 25, burst: 38, every: 60_000 })
  expect(divided.backends[0]).toMatchObject({
    capacity: { maxRequests: 3, maxConnections: 1, maxPending: 256 },
    retryBudget: { percent: 20, minimum: 25 },
  })
})

test('what does not count callers stays as it is', () => {
  const { config: divided } = divideBounds(config, 4, 'g.json')
  expect(divided.backends[0]?.breaker).toEqual(config.backends[0]?.breaker)
  expect(divided.backends[1]).toEqual(config.backends[1])
  expect(divided.routes).toEqual(config.routes)
})

test('notes say what was divided and where it was written', () => {
  const limits = config.limits.map((limit) => ({ ...limit, origin: 'limits.yaml:12' }))
  const { notes } = divideBounds({ ...config, limits }, 4, 'g.json')
  expect(notes).toEqual([
    {
      severity: 'info',
      code: 'divided-bound',
      file: 'limits.yaml',
      line: 12,
      message: 'limit tenant: each of 4 workers gets its share: 25 of 100 tokens each 1m, a burst of 38 of 150',
    },
    expect.objectContaining({
      file: 'g.json',
      line: 1,
      message:
        'backend bounded: each of 4 workers gets its share: 3 of 10 requests, 1 of 3 connections an endpoint, 256 of 1024 pending requests',
    }),
  ])
})

test('one process keeps everything and says nothing', () => {
  expect(divideBounds(config, 1, 'g.json')).toEqual({ config, notes: [] })
})

test('all shares together reach the bound and pass it by less than one a worker', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 2, max: 512 }), (tokens, workers) => {
      const limits = config.limits.map((limit) => ({ ...limit, tokens, burst: tokens }))
      const share = divideBounds({ ...config, limits }, workers, '').config.limits[0]?.tokens ?? 0
      expect(share * workers).toBeGreaterThanOrEqual(tokens)
      expect(share * workers).toBeLessThan(tokens + workers)
    }),
  )
})
