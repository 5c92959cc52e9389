/** The specification's rate limit: one bucket for its route, and one for each tenant. */

import { describe, expect, test } from 'vitest'
import { base, startBlocks } from './blocks.ts'
import type { Blocks } from './blocks.ts'

const blocks = [...base, 'routes-for-policies', 'rate-limit']
const services = { 'vllm-service.ai-gateway:8000': undefined }
const named = ['name: inference-rate-limit', 'name: inference-rate-limit\n  namespace: ai-gateway'] as const

/** Nothing comes back while a test runs. */
const slow = [
  ['fillInterval: 1s', 'fillInterval: 10h'],
  ['unit: MINUTE', 'unit: DAY'],
] as const

async function statuses(gate: Blocks, count: number, headers: Readonly<Record<string, string>>): Promise<number[]> {
  const got: number[] = []
  for (let done = 0; done < count; done++) got.push((await gate.ask({ path: '/limited', headers })).status)
  return got
}

test('a bucket of 1000 that gets 100 a second, and 100 a minute for each tenant', async () => {
  await using gate = await startBlocks(blocks, services, { patches: [named] })
  expect(gate.config.limits).toMatchObject([
    { burst: 1000, tokens: 100, every: 1000 },
    { tokens: 100, every: 60_000, per: { header: 'x-tenant-id' } },
  ])
})

describe('with smaller numbers', () => {
  const patches = [
    named,
    ...slow,
    ['maxTokens: 1000', 'maxTokens: 6'],
    ['requestsPerUnit: 100', 'requestsPerUnit: 2'],
  ] as const

  test('tenants have limits of their own within that of all', async () => {
    await using gate = await startBlocks(blocks, services, { patches })
    expect(await statuses(gate, 3, { 'x-tenant-id': 'a' })).toEqual([200, 200, 429])
    expect(await statuses(gate, 3, { 'x-tenant-id': 'b' })).toEqual([200, 200, 429])
    // What was refused took nothing: two of six are left, for anybody.
    expect(await statuses(gate, 3, {})).toEqual([200, 200, 429])
    expect(await statuses(gate, 1, { 'x-tenant-id': 'c' })).toEqual([429])
    expect(gate.upstreams['vllm-service']?.requests).toHaveLength(6)
  })

  test('a refusal says when to come back', async () => {
    await using gate = await startBlocks(blocks, services, { patches })
    await statuses(gate, 2, { 'x-tenant-id': 'a' })
    const refused = await gate.ask({ path: '/limited', headers: { 'x-tenant-id': 'a' } })
    expect([refused.status, Number(refused.headers['retry-after']) > 0]).toEqual([429, true])
  })

  test('other routes are not limited', async () => {
    const more = { ...services, 'chat-completion-service.ai-gateway:8000': undefined }
    await using gate = await startBlocks([...blocks, 'path-routing'], more, { patches })
    for (let done = 0; done < 8; done++) expect((await gate.ask({})).status).toBe(200)
  })
})

test('without its namespace nothing is limited, and the nearest name is told; trust makes up for it', async () => {
  const patches = [...slow, ['maxTokens: 1000', 'maxTokens: 1']] as const
  await using gate = await startBlocks(blocks, services, { patches })
  expect(await statuses(gate, 3, {})).toEqual([200, 200, 200])
  expect(gate.diagnostics).toContainEqual(
    expect.objectContaining({
      code: 'policy-target-not-found',
      object: 'RateLimitPolicy default/inference-rate-limit',
      field: 'spec.targetRefs[0]',
      hint: 'did you mean ai-gateway/model-routing?',
    }),
  )
  await using trusting = await startBlocks(blocks, services, { patches, trustNamespaces: true })
  expect(await statuses(trusting, 2, {})).toEqual([200, 429])
})
