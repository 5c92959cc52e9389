/** The specification's blocks that choose a backend: by header, path and both, by weights, by the group of a test. */

import { describe, expect, test } from 'vitest'
import { base, startBlocks } from './blocks.ts'
import type { Blocks } from './blocks.ts'

/** How many of `count` equal requests each backend got. */
async function shares(gate: Blocks, headers: Readonly<Record<string, string>>, count: number): Promise<object> {
  for (let done = 0; done < count; done++) await gate.ask({ headers })
  return Object.fromEntries(Object.entries(gate.upstreams).map(([name, { requests }]) => [name, requests.length]))
}

describe('by header', () => {
  const services = {
    'vllm-gpt4-service.ai-inference:8000': undefined,
    'vllm-claude3-service.ai-inference:8000': undefined,
    'tgi-mixtral-service.ai-inference:8080': undefined,
  }
  const models = [
    ['gpt-4', 'vllm-gpt4-service'],
    ['claude-3', 'vllm-claude3-service'],
    ['mixtral-8x7b', 'tgi-mixtral-service'],
  ] as const

  test('each model has its service, on the https listener alone', async () => {
    await using gate = await startBlocks([...base, 'header-routing'], services)
    for (const [model, service] of models) {
      const reply = await gate.ask({ listener: 'https', headers: { 'X-Model-ID': model } })
      expect([reply.status, reply.from]).toEqual([200, service])
    }
    for (const model of ['gpt-4-turbo', 'GPT-4', 'gpt-4, gpt-4', '']) {
      expect((await gate.ask({ listener: 'https', headers: { 'x-model-id': model } })).status).toBe(404)
    }
    expect((await gate.ask({ listener: 'https' })).status).toBe(404)
    expect((await gate.ask({ headers: { 'x-model-id': 'gpt-4' } })).status).toBe(404)
    const other = await gate.ask({
      listener: 'https',
      path: '/v1/chat/completionsx',
      headers: { 'x-model-id': 'gpt-4' },
    })
    expect(other.status).toBe(404)
  })

  test('without the grant each share is answered 500, and trust makes up for it', async () => {
    const names = base.filter((name) => name !== 'objects')
    const [[model]] = models
    const question = { listener: 'https', headers: { 'x-model-id': model } }
    await using trusting = await startBlocks([...names, 'header-routing'], services, { trustNamespaces: true })
    expect(await trusting.ask(question)).toMatchObject({ status: 200, from: 'vllm-gpt4-service' })
    const namespaces = `apiVersion: v1
kind: Namespace
metadata: { name: ai-gateway, labels: { gateway-access: 'true' } }`
    await using refusing = await startBlocks([...names, 'header-routing'], services, { more: namespaces })
    expect(await refusing.ask(question)).toMatchObject({ status: 500, from: undefined })
    expect(refusing.upstreams['vllm-gpt4-service']?.requests).toEqual([])
  })

  test('without the namespace object its route may not use the https listener', async () => {
    const names = base.filter((name) => name !== 'objects')
    await using gate = await startBlocks([...names, 'header-routing'], services)
    expect((await gate.ask({ listener: 'https', headers: { 'x-model-id': 'gpt-4' } })).status).toBe(404)
  })
})

test('by path: each API has its service, and only the health check is exact', async () => {
  await using gate = await startBlocks([...base, 'path-routing'], {
    'chat-completion-service.ai-gateway:8000': undefined,
    'embedding-service.ai-gateway:8000': undefined,
    'completion-service.ai-gateway:8000': undefined,
    'health-check-service.ai-gateway:8080': undefined,
  })
  const table = [
    ['/v1/chat/completions', 'chat-completion-service'],
    ['/v1/chat/completions/', 'chat-completion-service'],
    ['/v1/chat/completions/a?b=c', 'chat-completion-service'],
    ['/v1/embeddings', 'embedding-service'],
    ['/v1/completions', 'completion-service'],
    ['/health', 'health-check-service'],
    ['/health/', undefined],
    ['/healthz', undefined],
    ['/v1/chat', undefined],
    ['/V1/embeddings', undefined],
    ['/v1/embeddingsx', undefined],
  ] as const
  for (const listener of ['http', 'https']) {
    for (const [path, service] of table) {
      const { status, from } = await gate.ask({ listener, path })
      expect([path, status, from]).toEqual([path, service === undefined ? 404 : 200, service])
    }
  }
  expect((await gate.ask({ host: 'other.example.com' })).status).toBe(404)
})

test('by two headers: both must be there', async () => {
  await using gate = await startBlocks([...base, 'composite-routing'], {
    'vllm-gpt4-premium.ai-gateway:8000': undefined,
    'vllm-gpt4-shared.ai-gateway:8000': undefined,
  })
  const ask = (headers: Record<string, string>): ReturnType<Blocks['ask']> => gate.ask({ headers })
  expect((await ask({ 'x-model-id': 'gpt-4', 'x-customer-tier': 'premium' })).from).toBe('vllm-gpt4-premium')
  expect((await ask({ 'x-customer-tier': 'standard', 'x-model-id': 'gpt-4' })).from).toBe('vllm-gpt4-shared')
  expect((await ask({ 'x-model-id': 'gpt-4' })).status).toBe(404)
  expect((await ask({ 'x-model-id': 'gpt-4', 'x-customer-tier': 'trial' })).status).toBe(404)
})

describe('by weights, to the request', () => {
  const headers = { 'x-model-id': 'gpt-4' }

  test('80 and 20', async () => {
    const services = { 'vllm-gpt4-v1.ai-gateway:8000': undefined, 'vllm-gpt4-v2.ai-gateway:8000': undefined }
    await using gate = await startBlocks([...base, 'weighted-split'], services)
    expect(await shares(gate, headers, 50)).toEqual({ 'vllm-gpt4-v1': 40, 'vllm-gpt4-v2': 10 })
  })

  test('90 and 10, whatever the annotation says', async () => {
    const services = { 'vllm-gpt4-stable.ai-gateway:8000': undefined, 'vllm-gpt4-canary.ai-gateway:8000': undefined }
    const patches = [["canary-weight: '10'", "canary-weight: '50'"]] as const
    await using gate = await startBlocks([...base, 'canary'], services, { patches })
    expect(await shares(gate, headers, 50)).toEqual({ 'vllm-gpt4-stable': 45, 'vllm-gpt4-canary': 5 })
  })

  test('a share whose Service is nowhere is answered 500', async () => {
    await using gate = await startBlocks([...base, 'canary'], { 'vllm-gpt4-stable.ai-gateway:8000': undefined })
    const statuses: number[] = []
    for (let done = 0; done < 20; done++) statuses.push((await gate.ask({ headers })).status)
    expect(statuses.toSorted((a, b) => a - b)).toEqual([...Array<number>(18).fill(200), 500, 500])
  })
})

test('by the group of an A/B test; who is in no group gets 404', async () => {
  await using gate = await startBlocks([...base, 'ab-test'], {
    'vllm-model-baseline.ai-gateway:8000': undefined,
    'vllm-model-new.ai-gateway:8000': undefined,
  })
  const ask = (group: string): ReturnType<Blocks['ask']> => gate.ask({ headers: { 'x-ab-test-group': group } })
  expect((await ask('control')).from).toBe('vllm-model-baseline')
  expect((await ask('experiment')).from).toBe('vllm-model-new')
  expect((await ask('holdout')).status).toBe(404)
  expect((await gate.ask({})).status).toBe(404)
})
