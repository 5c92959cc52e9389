/** The specification's blocks for failing backends: fallback, timeouts, retries, breaker, connection pool. */

import { describe, expect, test } from 'vitest'
import { failure, gate as newGate, json, reset, silence, steps, wholeRequest } from '@headgate/testing'
import { base, startBlocks } from './blocks.ts'

const die = steps(wholeRequest, reset)

describe('the fallback', () => {
  const headers = { 'x-model-id': 'gpt-4' }
  const primary = 'vllm-gpt4-primary.ai-gateway:8000'
  const fallback = { 'vllm-gpt4-fallback.ai-gateway:8000': undefined }

  test('is not asked while the primary answers', async () => {
    await using gate = await startBlocks([...base, 'fallback'], { [primary]: undefined, ...fallback })
    for (let done = 0; done < 5; done++) expect((await gate.ask({ headers })).from).toBe('vllm-gpt4-primary')
    expect(gate.upstreams['vllm-gpt4-fallback']?.requests).toEqual([])
  })

  test.for([
    ['a broken connection', die],
    ['500', failure(500)],
    ['503', failure(503)],
    ['429', failure(429)],
  ] as const)('takes over after %s, with the same body', async ([, script]) => {
    await using gate = await startBlocks([...base, 'fallback'], { [primary]: script, ...fallback })
    expect(await gate.ask({ headers })).toMatchObject({ status: 200, from: 'vllm-gpt4-fallback' })
    expect(gate.upstreams['vllm-gpt4-fallback']?.requests[0]?.body.toString()).toBe('{"messages":[]}')
  })

  test('does not take over after another 4xx', async () => {
    await using gate = await startBlocks([...base, 'fallback'], { [primary]: failure(400), ...fallback })
    expect((await gate.ask({ headers })).status).toBe(400)
  })

  test('takes over from a primary without endpoints', async () => {
    const service = `apiVersion: v1
kind: Service
metadata: { name: vllm-gpt4-primary, namespace: ai-gateway }
spec: { ports: [{ port: 8000 }] }`
    await using gate = await startBlocks([...base, 'fallback'], fallback, { more: service })
    expect(await gate.ask({ headers })).toMatchObject({ status: 200, from: 'vllm-gpt4-fallback' })
  })

  test('that fails too has the last word', async () => {
    const both = { [primary]: failure(500), 'vllm-gpt4-fallback.ai-gateway:8000': failure(502) }
    await using gate = await startBlocks([...base, 'fallback'], both)
    expect((await gate.ask({ headers })).status).toBe(502)
  })
})

describe('timeouts', () => {
  test('are 120 s for the request and 60 s for each try', async () => {
    await using gate = await startBlocks([...base, 'timeouts'], { 'vllm-service.ai-gateway:8000': undefined })
    expect(gate.config.routes[0]?.rules[0]?.timeouts).toMatchObject({ request: 120_000, backend: 60_000 })
    expect((await gate.ask({})).from).toBe('vllm-service')
  })

  test.for([
    ['request: 120s', 'request: 40ms', 'backendRequest: 60s', 'backendRequest: 0s', 'request_timeout'],
    ['request: 120s', 'request: 10s', 'backendRequest: 60s', 'backendRequest: 40ms', 'upstream_timeout'],
  ] as const)('%s as %s, and %s as %s: 504 %s', async ([request, shortRequest, backend, shortBackend, code]) => {
    // The second first: its name ends in the first one's.
    const patches = [
      [backend, shortBackend],
      [` ${request}`, ` ${shortRequest}`],
    ] as const
    await using gate = await startBlocks(
      [...base, 'timeouts'],
      { 'vllm-service.ai-gateway:8000': silence },
      { patches },
    )
    const { status, headers } = await gate.ask({})
    expect([status, headers['x-headgate-error']]).toEqual([504, code])
  })
})

describe('retries', () => {
  const service = 'vllm-service.ai-gateway:8000'
  const fast = [
    ['baseInterval: 100ms', 'baseInterval: 1ms'],
    ['maxInterval: 1s', 'maxInterval: 2ms'],
  ] as const

  test('are three more tries of 30 s, 100 ms to 1 s apart', async () => {
    await using gate = await startBlocks([...base, 'retry'], { [service]: undefined })
    expect(gate.config.routes[0]?.rules[0]?.retry).toMatchObject({
      retries: 3,
      on: ['5xx', 'reset', 'connect-failure', 'retriable-4xx'],
      perTry: 30_000,
      backoff: { base: 100, max: 1000 },
    })
  })

  test('are made after 5xx, 409 and broken connections, also for POST and with its body', async () => {
    const scripts = [failure(503), die, failure(409), json({ from: 'vllm-service' })]
    await using gate = await startBlocks([...base, 'retry'], { [service]: scripts }, { patches: fast })
    expect(await gate.ask({})).toMatchObject({ status: 200, from: 'vllm-service' })
    const bodies = gate.upstreams['vllm-service']?.requests.map(({ body }) => body.toString())
    expect(bodies).toEqual(Array(4).fill('{"messages":[]}'))
  })

  test('end after the third with the last reply', async () => {
    const scripts = [500, 502, 503, 504].map((status) => failure(status))
    await using gate = await startBlocks([...base, 'retry'], { [service]: scripts }, { patches: fast })
    expect((await gate.ask({})).status).toBe(504)
    expect(gate.upstreams['vllm-service']?.requests).toHaveLength(4)
  })

  test.for([400, 404, 408, 429])('are not made after %d', async (status) => {
    await using gate = await startBlocks([...base, 'retry'], { [service]: failure(status) }, { patches: fast })
    expect((await gate.ask({})).status).toBe(status)
    expect(gate.upstreams['vllm-service']?.requests).toHaveLength(1)
  })

  test('follow a try that says nothing for the time of one', async () => {
    const patches = [...fast, ['perTryTimeout: 30s', 'perTryTimeout: 40ms']] as const
    const scripts = [silence, json({ from: 'vllm-service' })]
    await using gate = await startBlocks([...base, 'retry'], { [service]: scripts }, { patches })
    expect((await gate.ask({})).from).toBe('vllm-service')
  })
})

describe('the circuit breaker', () => {
  const service = 'vllm-gpt4-service.ai-gateway:8000'
  const blocks = [...base, 'routes-for-policies', 'circuit-breaker']
  const path = '/broken'

  test('has the bounds of the policy', async () => {
    await using gate = await startBlocks(blocks, { [service]: undefined })
    const backend = gate.config.backends.find(({ name }) => name === 'ai-gateway/vllm-gpt4-service:8000')
    expect(backend?.breaker).toMatchObject({ failures: 5, openFor: 10_000, maxOpenPercent: 50 })
    expect(backend?.capacity).toMatchObject({ maxConnections: 1000, maxPending: 100, maxRequests: 1000 })
  })

  test('opens after five failures in a row, also of a lone endpoint', async () => {
    await using gate = await startBlocks(blocks, { [service]: failure(500) })
    for (let done = 0; done < 5; done++) expect((await gate.ask({ path })).status).toBe(500)
    const refused = await gate.ask({ path })
    expect([refused.status, Number(refused.headers['retry-after']) > 0]).toEqual([503, true])
    expect(gate.upstreams['vllm-gpt4-service']?.requests).toHaveLength(5)
  })

  test('stays closed when a success comes between', async () => {
    const four = Array(4).fill(failure(500))
    await using gate = await startBlocks(blocks, { [service]: [...four, json({}), ...four, json({})] })
    const statuses: number[] = []
    for (let done = 0; done < 10; done++) statuses.push((await gate.ask({ path })).status)
    expect(statuses).toEqual([500, 500, 500, 500, 200, 500, 500, 500, 500, 200])
  })

  test('refuses what is above the count of requests', async () => {
    const hold = newGate()
    const patches = [['maxRequests: 1000', 'maxRequests: 1']] as const
    await using gate = await startBlocks(blocks, { [service]: steps(wholeRequest, hold, json({})) }, { patches })
    const first = gate.ask({ path })
    await gate.upstreams['vllm-gpt4-service']?.request(1)
    expect((await gate.ask({ path })).status).toBe(503)
    hold.release()
    expect((await first).status).toBe(200)
  })
})

describe('the connection pool', () => {
  const blocks = [...base, 'routes-for-policies', 'connection-pool']
  const service = 'vllm-service.ai-gateway:8000'
  const named = ['name: inference-connection-pool', 'name: inference-connection-pool\n  namespace: ai-gateway'] as const
  const path = '/limited'

  test('without its namespace has no effect, and says so', async () => {
    await using gate = await startBlocks(blocks, { [service]: undefined })
    expect(gate.config.backends[0]?.capacity?.maxConnections).not.toBe(1000)
    expect(gate.diagnostics).toContainEqual(expect.objectContaining({ code: 'policy-target-not-found' }))
  })

  test('with it, or with trust, has its numbers', async () => {
    await using gate = await startBlocks(blocks, { [service]: undefined }, { patches: [named] })
    await using trusting = await startBlocks(blocks, { [service]: undefined }, { trustNamespaces: true })
    for (const { config } of [gate, trusting]) {
      const backend = config.backends.find(({ name }) => name === 'ai-gateway/vllm-service:8000')
      expect(backend?.connectTimeout).toBe(10_000)
      expect(backend?.capacity).toMatchObject({ maxConnections: 1000, maxRequestsPerConnection: 100, maxRetries: 3 })
    }
  })

  test('opens no more connections than it may', async () => {
    const hold = newGate()
    const patches = [named, ['maxConnections: 1000', 'maxConnections: 2']] as const
    const script = steps(wholeRequest, hold, json({ from: 'vllm-service' }))
    await using gate = await startBlocks(blocks, { [service]: script }, { patches })
    const asked = Array.from({ length: 5 }, () => gate.ask({ path }))
    await gate.upstreams['vllm-service']?.request(2)
    hold.release()
    expect((await Promise.all(asked)).map(({ from }) => from)).toEqual(Array(5).fill('vllm-service'))
    expect(gate.upstreams['vllm-service']?.connections).toHaveLength(2)
  })
})
