/** The JSON Schema: as shipped, and as a judge of input. */

import { readFileSync } from 'node:fs'

import { z } from 'zod'
import { expect, test } from 'vitest'

import { configJsonSchema } from './json-schema.ts'

test('the shipped schema.json is the generated one (after a change: pnpm --filter @headgate/config schema)', () => {
  const shipped: unknown = JSON.parse(readFileSync(new URL('../schema.json', import.meta.url), 'utf8'))
  expect(shipped).toStrictEqual(JSON.parse(JSON.stringify(configJsonSchema())))
})

test('it describes what is written: durations as text, defaults left out, unknown keys refused', () => {
  const schema = z.fromJSONSchema(configJsonSchema() as Parameters<typeof z.fromJSONSchema>[0])
  const input = {
    version: 1,
    backends: [
      { name: 'a', endpoints: ['http://a', { url: 'http://b' }], connectTimeout: '5s', retryBudget: false },
      { name: 'b', balance: 'peak-ewma', healthCheck: { interval: '5s', statuses: [200, '300-399'] } },
      { name: 'd', balance: { type: 'maglev', by: [{ cookie: 's' }, 'address'] }, panicThreshold: 0 },
    ],
    routes: [{ name: 'r', rules: [{ backends: [{ backend: 'a' }], retry: { retries: 1, on: ['429', 503, '5xx'] } }] }],
  }
  expect(schema.safeParse(input).error).toBeUndefined()
  const withRule = (rule: object): unknown => ({ ...input, routes: [{ name: 'r', rules: [rule] }] })
  for (const rule of [
    { backends: [{ unresolved: 'no such Service' }], origins: { rule: 'a.yaml:1' } },
    { filters: [{ type: 'RequestRedirect', statusCode: 301 }] },
    { filters: [{ type: 'CORS', allowOrigins: ['*'] }, { type: 'URLRewrite' }] },
  ]) {
    expect(schema.safeParse(withRule(rule)).error).toBeUndefined()
  }
  for (const rule of [
    { backends: [{ weight: 1 }] },
    { backends: [{ backend: 'a', unresolved: 'b' }] },
    { filters: [{ type: 'RequestRedirect', statusCode: 300 }] },
    { filters: [{ type: 'URLRewrite', statusCode: 301 }] },
    { filters: [{ type: 'ExtensionRef' }] },
  ]) {
    expect(schema.safeParse(withRule(rule)).success).toBe(false)
  }
  expect(schema.safeParse({ ...input, backendz: [] }).success).toBe(false)
  expect(schema.safeParse({ ...input, version: 2 }).success).toBe(false)
  expect(schema.safeParse({ ...input, backends: [{ name: 'a', connectTimeout: '5 s' }] }).success).toBe(false)
  expect(schema.safeParse({ ...input, backends: [{ name: 'a', connectTimeout: 0 }] }).success).toBe(false)
  for (const balance of ['fastest', { type: 'random', by: 'address' }, { type: 'maglev', by: 'query' }])
    expect(schema.safeParse({ ...input, backends: [{ name: 'a', balance }] }).success).toBe(false)
})
