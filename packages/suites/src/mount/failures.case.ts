/** Cases: what the caller is told when something fails, and what is tried before. */

import type { BackendInput, RuleInput } from '@headgate/config'
import { expect } from 'vitest'
import { faultsBeforeReply, json, refusingUrl, type Script, unavailable } from '@headgate/testing'
import { chat, gatewayOf, type MountCase, oneBackend, post } from './bench.ts'

const retry: MountCase = {
  name: 'a 503 is tried again with the same body, and the caller sees only the 200',
  run: async (bench) => {
    const upstream = await bench.upstream([unavailable(), json('second')])
    const rule = { retry: { retries: 2, on: ['5xx'], backoff: { base: 1, max: 1 } } } as const
    const mounted = await bench.mount(oneBackend(upstream.url, rule))
    const request = chat({ seed: 1 })
    const received = await bench.exchange(mounted, request)
    expect([received.status, received.text]).toEqual([200, '"second"'])
    expect(upstream.requests.map(({ body }) => body.toString())).toEqual([request.body, request.body])
  },
}

const exhausted: MountCase = {
  name: 'when all tries fail the caller gets the last real reply',
  run: async (bench) => {
    const upstream = await bench.upstream([json('first', { status: 500 }), json('last', { status: 500 })])
    const rule = { retry: { retries: 1, on: ['5xx'], backoff: { base: 1, max: 1 } } } as const
    const mounted = await bench.mount(oneBackend(upstream.url, rule))
    const received = await bench.exchange(mounted, chat())
    expect([received.status, received.text, upstream.requests.length]).toEqual([500, '"last"', 2])
  },
}

const fallback: MountCase = {
  name: 'the fallback answers with the same request when the primary refuses',
  run: async (bench) => {
    const upstream = await bench.upstream(json('fallback'))
    const backends: readonly BackendInput[] = [
      { name: 'primary', endpoints: [await refusingUrl()] },
      { name: 'spare', endpoints: [upstream.url] },
    ]
    const rule: RuleInput = { backends: [{ backend: 'primary' }], fallback: { backends: ['spare'] } }
    const mounted = await bench.mount(gatewayOf(backends, [rule]))
    const request = chat()
    const received = await bench.exchange(mounted, request)
    expect([received.status, received.text]).toEqual([200, '"fallback"'])
    expect((await upstream.request(1)).body.toString()).toBe(request.body)
  },
}

const limited: MountCase = {
  name: 'a spent limit answers 429 with Retry-After and x-headgate-error, and the backend sees nothing',
  run: async (bench) => {
    const upstream = await bench.upstream()
    const mounted = await bench.mount({
      ...oneBackend(upstream.url, { limits: ['hourly'] }),
      limits: [{ name: 'hourly', per: { header: 'x-tenant-id' }, tokens: 1, every: '1h' }],
    })
    const request = { target: '/v1/models', headers: [['x-tenant-id', 'one']] } as const
    expect((await bench.exchange(mounted, request)).status).toBe(200)
    const received = await bench.exchange(mounted, request)
    expect([received.status, received.header('x-headgate-error')]).toEqual([429, 'rate_limited'])
    expect(received.header('retry-after')).toMatch(/^[1-9][0-9]*$/)
    expect(JSON.parse(received.text)).toMatchObject({ error: { type: 'rate_limit_error', code: 'rate_limited' } })
    expect((await bench.exchange(mounted, { ...request, headers: [['x-tenant-id', 'two']] })).status).toBe(200)
    expect(upstream.requests).toHaveLength(2)
  },
}

function shape(name: string, target: string, expected: object): MountCase {
  return {
    name: `an error of the gateway on ${target} has the shape of ${name}`,
    run: async (bench) => {
      const url = await refusingUrl()
      const received = await bench.exchange(await bench.mount(oneBackend(url)), post(target, '{"model":"m"}'))
      expect([received.status, received.header('content-type')]).toEqual([
        502,
        expect.stringMatching(/^application\/json/),
      ])
      expect(received.header('x-headgate-error')).toMatch(/^[a-z_]+$/)
      expect(JSON.parse(received.text)).toMatchObject(expected)
      expect(received.text).not.toMatch(new RegExp(`127\\.0\\.0\\.1|${new URL(url).port}|ECONN|UND_|node:`))
    },
  }
}

function badGateway([fault, script]: readonly [string, Script]): MountCase {
  return {
    name: `502 when the backend gives no reply: ${fault}`,
    run: async (bench) => {
      const upstream = await bench.upstream(script)
      const received = await bench.exchange(await bench.mountOne(upstream), chat())
      expect([received.status, received.state]).toEqual([502, 'whole'])
      expect(received.values('x-headgate-error')).toHaveLength(1)
      expect(JSON.parse(received.text)).toMatchObject({ error: { message: expect.any(String) } })
      expect(upstream.requests).toHaveLength(1)
      await upstream.closed(1)
    },
  }
}

const message = expect.any(String) as string

export const failureCases: readonly MountCase[] = [
  retry,
  exhausted,
  fallback,
  limited,
  shape('OpenAI', '/v1/chat/completions', { error: { message, type: 'server_error', code: message } }),
  shape('Anthropic', '/v1/messages', { type: 'error', error: { type: 'api_error', message } }),
  ...Object.entries(faultsBeforeReply).map(badGateway),
]
