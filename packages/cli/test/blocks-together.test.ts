/** Every block of the specification alone, and all of them together: what is said of them, and what they serve. */

import { join } from 'node:path'
import { loadManifests } from '@headgate/gateway-api'
import { json, startUpstream } from '@headgate/testing'
import type { Upstream } from '@headgate/testing'
import { describe, expect, test } from 'vitest'
import { askHost } from './ask-host.ts'
import { base, blockNames, readBlocks, secrets } from './blocks.ts'
import { Program, temporaryFolder } from './program.ts'
import { writeFile } from './config.ts'

/** `severity code field`, for the diagnostics that a block deserves whatever stands beside it. */
const deserved: Readonly<Record<string, readonly string[]>> = {
  'gateway-class': [
    'info renamed-upstream spec.controllerName',
    'info renamed-upstream GatewayClassConfig kgateway-config',
    'info ignored-in-process spec.proxy',
    'info ignored-in-process spec.connectionSettings.maxConnections',
    'info ignored-in-process spec.connectionSettings.idleTimeout',
  ],
  gateway: [],
  'header-routing': [],
  'path-routing': [],
  'composite-routing': ['warning ab-hole spec.rules[0]'],
  'weighted-split': [],
  canary: ['info annotation-without-effect metadata.annotations["deployment.kubernetes.io/canary-weight"]'],
  'ab-test': ['warning ab-hole spec.rules[0]'],
  fallback: [
    'info renamed-upstream BackendLBPolicy ai-gateway/gpt4-fallback-policy',
    'warning not-upstream spec.default',
    'info renamed-upstream spec.sessionPersistence.sessionName',
  ],
  timeouts: ['warning cuts-streams spec.rules[0].timeouts.backendRequest'],
  retry: ['info renamed-upstream RetryPolicy ai-gateway/inference-retry-policy'],
  'circuit-breaker': ['info renamed-upstream CircuitBreakerPolicy ai-gateway/inference-circuit-breaker'],
  'connection-pool': ['info renamed-upstream ConnectionPoolSettings default/inference-connection-pool'],
  'rate-limit': ['info renamed-upstream RateLimitPolicy default/inference-rate-limit'],
  'service-monitor': ['info unknown-kind kind'],
  'prometheus-rule': ['info unknown-kind kind'],
  'helm-values': ['warning not-an-object -'],
}

test('there is a row for each block', () => {
  expect(Object.keys(deserved).toSorted()).toEqual(blockNames.toSorted())
})

describe('alone', () => {
  test.for(Object.entries(deserved))('%s beside the Gateway loads, and says what is to be said', ([name, codes]) => {
    const files = [...readBlocks([...new Set([...base, name])]), secrets]
    const { config, diagnostics } = loadManifests(files)
    expect(config?.listeners.map((listener) => listener.name.slice(-5))).toEqual(['https', '/http', '/grpc'])
    const own = diagnostics.filter(({ file }) => file === `${name}.yaml`)
    const told = own.map(({ severity, code, object = '-', field }) => {
      const place = field ?? (code === 'renamed-upstream' ? object : '-')
      return `${severity} ${code} ${place}`
    })
    expect(told).toEqual(expect.arrayContaining([...codes]))
    for (const { line, message } of own) expect([line > 0, message.length > 0]).toEqual([true, true])
  })

  test.for(blockNames)('%s without anything else loads, and lacks a Gateway', (name) => {
    const { config, diagnostics } = loadManifests(readBlocks([name]), { requireGateway: false })
    expect(config).toBeDefined()
    expect(diagnostics.some(({ code }) => code === 'no-gateway')).toBe(name !== 'gateway')
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  })

  test.for([
    ['circuit-breaker', 'CircuitBreakerPolicy', 'outlierDetection.consecutive5xx'],
    ['connection-pool', 'ConnectionPoolSettings', 'commonHttpProtocolOptions.maxRequestsPerConnection'],
    ['retry', 'RetryPolicy', 'backoffBaseInterval'],
    ['rate-limit', 'RateLimitPolicy', 'rateLimit.global'],
    ['fallback', 'BackendLBPolicy', 'sessionPersistence'],
    ['gateway-class', 'GatewayClassConfig', 'BackendConfigPolicy.spec.connectTimeout'],
  ])('%s is told what the fields of a %s are called upstream', ([block = '', kind = '', field]) => {
    const { diagnostics } = loadManifests(readBlocks([block]), { requireGateway: false })
    const found = diagnostics.find((each) => each.code === 'renamed-upstream' && each.object?.startsWith(`${kind} `))
    expect(found?.hint).toContain(field)
  })

  test('a reference across namespaces is told with the grant that it needs', () => {
    const { diagnostics } = loadManifests(readBlocks(['header-routing']), { requireGateway: false })
    const refused = diagnostics.filter(({ code }) => code === 'ref-not-permitted')
    expect(refused.map(({ field }) => field)).toEqual([0, 1, 2].map((rule) => `spec.rules[${rule}].backendRefs[0]`))
    expect(refused[0]?.hint).toContain('add a ReferenceGrant to the namespace ai-inference')
  })
})

/** What reaches which Service when all blocks are there: the most conditions win, then the first by name. */
const reached = [
  ['/v1/chat/completions', { 'x-model-id': 'gpt-4', 'x-customer-tier': 'premium' }, ['vllm-gpt4-premium']],
  ['/v1/chat/completions', { 'x-model-id': 'gpt-4', 'x-customer-tier': 'standard' }, ['vllm-gpt4-shared']],
  ['/v1/chat/completions', { 'x-ab-test-group': 'control' }, ['vllm-model-baseline']],
  ['/v1/chat/completions', { 'x-ab-test-group': 'experiment' }, ['vllm-model-new']],
  ['/v1/embeddings', {}, ['embedding-service']],
  ['/v1/completions', {}, ['completion-service']],
  ['/health', {}, ['health-check-service']],
  ['/limited', {}, ['vllm-service']],
  ['/broken', {}, ['vllm-gpt4-service']],
] as const

test(
  'all together are served by one program, and the first conditions by precedence win',
  { timeout: 60_000 },
  async () => {
    using folder = temporaryFolder()
    const names = [...new Set([...blockNames, 'objects', 'routes-for-policies'])]
    for (const { name, text } of [...readBlocks(names), secrets]) writeFile(folder.path, name, text)
    const services = ['embedding', 'completion', 'chat-completion'].map((name) => `${name}-service.ai-gateway:8000`)
    services.push('health-check-service.ai-gateway:8080', 'vllm-service.ai-gateway:8000')
    services.push('vllm-gpt4-service.ai-gateway:8000', 'vllm-gpt4-service.ai-inference:8000')
    for (const name of ['gpt4-premium', 'gpt4-shared', 'gpt4-stable', 'gpt4-canary', 'model-baseline', 'model-new'])
      services.push(`vllm-${name}.ai-gateway:8000`)
    await using stack = new AsyncDisposableStack()
    const resolves: string[] = []
    for (const service of services) {
      const upstream: Upstream = stack.use(await startUpstream(json({ from: service.split('.')[0] })))
      resolves.push('--resolve', `${service}=${upstream.url}`)
    }
    const listens = ['http', 'https', 'grpc'].flatMap((name) => ['--listen', `${name}=127.0.0.1:0`])
    const program = stack.use(new Program(['serve', join(folder.path), ...listens, ...resolves, '--trust-namespaces']))
    const addresses = await program.ready()
    const portOf = (name: string): number => {
      return Number(addresses[`ai-gateway/ai-inference-gateway/${name}`]?.split(':').at(-1))
    }
    for (const secure of [false, true]) {
      for (const [path, headers, from] of reached) {
        const reply = await askHost(portOf(secure ? 'https' : 'http'), { path, headers, secure })
        expect([path, headers, reply.status, reply.body]).toEqual([
          path,
          headers,
          200,
          JSON.stringify({ from: from[0] }),
        ])
      }
    }
    const shares: Record<string, number> = {}
    for (let done = 0; done < 20; done++) {
      const { body } = await askHost(portOf('http'), { headers: { 'x-model-id': 'gpt-4' } })
      shares[body] = (shares[body] ?? 0) + 1
    }
    expect(shares).toEqual({ '{"from":"vllm-gpt4-stable"}': 18, '{"from":"vllm-gpt4-canary"}': 2 })
    program.process.kill('SIGTERM')
    expect(await program.exit).toBe(0)
  },
)
