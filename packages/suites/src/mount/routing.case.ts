/** Cases: which backend gets a request, and with which target. */

import { expect } from 'vitest'
import { json } from '@headgate/testing'
import { gatewayOf, type MountCase, oneBackend, post } from './bench.ts'
import { applicationBody } from './contract.ts'

/** Targets that careless handling of URLs changes. */
const delicateTargets = [
  '/v1/models/org%2Fname?x=1&x=2&y=%20z',
  '/v1/models/org%2fname?b=2&a=1&b=1',
  '/v1/a;b=c/d:e@f?q=a+b&r=a%2Bb',
  '/v1/a//b/?empty=&flag&=nameless',
  '/v1/%E2%82%AC/%7Euser/~user?%5Bx%5D=[x]',
] as const

const models: MountCase = {
  name: 'a header routes to its own backend',
  run: async (bench) => {
    const [first, second] = [await bench.upstream(json('first')), await bench.upstream(json('second'))]
    const named = (backend: string) => ({
      matches: [{ headers: [{ name: 'x-model-id', value: backend }] }],
      backends: [{ backend }],
    })
    const backends = [
      { name: 'first', endpoints: [first.url] },
      { name: 'second', endpoints: [second.url] },
    ]
    const mounted = await bench.mount(gatewayOf(backends, [named('first'), named('second')]))
    for (const model of ['second', 'first', 'second']) {
      const received = await bench.exchange(mounted, { target: '/v1/models', headers: [['X-Model-Id', model]] })
      expect([received.status, received.text]).toEqual([200, JSON.stringify(model)])
    }
    expect([first.requests.length, second.requests.length]).toEqual([1, 2])
  },
}

const unmatched = {
  matches: [{ path: { type: 'PathPrefix', value: '/v1' } }],
  backends: [{ backend: 'model' }],
} as const

const notFound: MountCase = {
  name: 'a request that nothing matches gets 404 in the shape of OpenAI',
  concerns: (traits) => !traits.next,
  run: async (bench) => {
    const upstream = await bench.upstream()
    const mounted = await bench.mount(oneBackend(upstream.url, unmatched))
    const received = await bench.exchange(mounted, { target: '/other' })
    expect([received.status, received.header('x-headgate-error')]).toEqual([404, 'no_route'])
    expect(JSON.parse(received.text)).toMatchObject({
      error: { message: expect.any(String), type: 'invalid_request_error', code: 'no_route' },
    })
    expect(upstream.requests).toHaveLength(0)
  },
}

const application: MountCase = {
  name: 'a request that nothing matches is answered by the application',
  concerns: (traits) => traits.next,
  run: async (bench) => {
    const upstream = await bench.upstream()
    const mounted = await bench.mount(oneBackend(upstream.url, unmatched))
    const requests = [{ target: '/other' }, post('/other', '{"a":1}'), { target: '/v10' }]
    for (const request of requests) {
      const received = await bench.exchange(mounted, request)
      expect([received.status, received.text]).toEqual([200, applicationBody])
      expect(received.values('x-headgate-error')).toEqual([])
    }
    expect(upstream.requests).toHaveLength(0)
  },
}

const target: MountCase = {
  name: 'the target reaches the backend byte for byte',
  run: async (bench) => {
    const upstream = await bench.upstream()
    const mounted = await bench.mountOne(upstream)
    for (const sent of delicateTargets) await bench.exchange(mounted, { target: sent })
    expect(upstream.requests.map((request) => request.target)).toEqual(delicateTargets)
  },
}

const prefixed: MountCase = {
  name: 'under a prefix the full original target is matched and forwarded',
  run: async (bench) => {
    const upstream = await bench.upstream()
    const rule = {
      matches: [{ path: { type: 'PathPrefix', value: '/llm/v1' } }],
      backends: [{ backend: 'model' }],
    } as const
    const mounted = await bench.mount(oneBackend(upstream.url, rule), { prefix: '/llm' })
    const targets = delicateTargets.map((sent) => `/llm${sent}`)
    for (const sent of targets) expect((await bench.exchange(mounted, { target: sent })).status).toBe(200)
    expect(upstream.requests.map((request) => request.target)).toEqual(targets)
  },
}

const stripped: MountCase = {
  name: 'stripPrefix removes its segments before matching',
  run: async (bench) => {
    const upstream = await bench.upstream()
    const mounted = await bench.mount(
      oneBackend(upstream.url, {
        matches: [{ path: { type: 'PathPrefix', value: '/v1' } }, { path: { type: 'Exact', value: '/' } }],
        backends: [{ backend: 'model' }],
      }),
      { prefix: '/llm', stripPrefix: '/llm' },
    )
    const expected = [...delicateTargets, '/', '/?x=1']
    const sent = [...delicateTargets.map((each) => `/llm${each}`), '/llm', '/llm?x=1']
    for (const each of sent) expect((await bench.exchange(mounted, { target: each })).status).toBe(200)
    expect(upstream.requests.map((request) => request.target)).toEqual(expected)
  },
}

const halfSegment: MountCase = {
  name: 'stripPrefix leaves a path alone that only begins with the same letters',
  run: async (bench) => {
    const upstream = await bench.upstream()
    const mounted = await bench.mount(oneBackend(upstream.url), { stripPrefix: '/llm' })
    for (const sent of ['/llmx/v1', '/LLM/v1', '/v1/llm']) await bench.exchange(mounted, { target: sent })
    expect(upstream.requests.map((request) => request.target)).toEqual(['/llmx/v1', '/LLM/v1', '/v1/llm'])
  },
}

const methods: MountCase = {
  name: 'the method reaches the backend',
  run: async (bench) => {
    const upstream = await bench.upstream()
    const mounted = await bench.mountOne(upstream)
    const sent = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
    for (const method of sent) {
      const body = ['POST', 'PUT', 'PATCH'].includes(method)
        ? { body: '{}', headers: [['content-type', 'application/json']] as const }
        : {}
      expect((await bench.exchange(mounted, { method, target: '/v1/x', ...body })).status).toBe(200)
    }
    expect(upstream.requests.map((request) => request.method)).toEqual(sent)
  },
}

export const routingCases: readonly MountCase[] = [
  models,
  notFound,
  application,
  target,
  prefixed,
  stripped,
  halfSegment,
  methods,
]
