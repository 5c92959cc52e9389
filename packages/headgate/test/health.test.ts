/** Active health checks over real sockets: who is asked and how, who gets requests then, and when it ends. */

import { createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { failure, json, refusingUrl, reset, silence, steps, wholeRequest } from '@headgate/testing'
import type { Script } from '@headgate/testing'
import type { HealthReport } from 'headgate'
import { endpointOf, startChecked, until } from './endpoints.ts'
import { chat, oneRoute, question, serve } from './serve.ts'
import type { Served } from './serve.ts'

type Fields = NonNullable<Parameters<typeof serve>[0]['backends']>[number]

/** One backend `a` with these endpoints, checked every millisecond. */
function checkedRoute(urls: readonly string[], fields: Omit<Fields, 'name'> = {}): Parameters<typeof serve>[0] {
  const healthCheck = { interval: 1, ...fields.healthCheck }
  return {
    ...oneRoute({}, { backends: [{ backend: 'a' }] }),
    backends: [{ name: 'a', endpoints: urls, ...fields, healthCheck }],
  }
}

async function ask(served: Served, times: number): Promise<number[]> {
  const statuses: number[] = []
  for (let time = 0; time < times; time++) statuses.push((await fetch(served.url + chat, question)).status)
  return statuses
}

describe('an endpoint that is not well', () => {
  test('gets no request, and gets them again when it recovered', async () => {
    await using good = await startChecked()
    await using bad = await startChecked(failure(503))
    await using served = await serve(checkedRoute([bad.url, good.url]))
    await until(() => endpointOf(served.gate, bad.url).health === 'unhealthy')
    expect(await ask(served, 4)).toEqual([200, 200, 200, 200])
    expect([bad.served, good.served]).toEqual([0, 4])
    bad.health = json({})
    await until(() => endpointOf(served.gate, bad.url).health === 'healthy')
    await ask(served, 4)
    expect(bad.served).toBe(2)
  })

  test('is told with the reason, each change once', async () => {
    await using upstream = await startChecked(failure(500))
    await using served = await serve(checkedRoute([upstream.url], { healthCheck: { healthy: 2, unhealthy: 2 } }))
    const told: HealthReport[] = []
    served.gate.on('health-changed', (report) => told.push(report))
    await until(() => upstream.checks.length > 4)
    upstream.health = json({})
    await until(() => endpointOf(served.gate, upstream.url).health === 'healthy')
    upstream.health = steps(wholeRequest, reset)
    await until(() => endpointOf(served.gate, upstream.url).health === 'unhealthy')
    const common = { backend: 'a', endpoint: upstream.url }
    expect(told).toEqual([
      { ...common, from: 'unknown', to: 'unhealthy', because: '500' },
      { ...common, from: 'unhealthy', to: 'healthy', because: '200' },
      { ...common, from: 'healthy', to: 'unhealthy', because: 'reset' },
    ])
  })

  test('and alone is used all the same, unless panic is off: then 503 says when to come back', async () => {
    await using upstream = await startChecked(failure(503))
    await using panicking = await serve(checkedRoute([upstream.url]))
    await until(() => endpointOf(panicking.gate, upstream.url).health === 'unhealthy')
    expect(await ask(panicking, 1)).toEqual([200])
    expect(panicking.gate.backends()[0]?.panicking).toBe(true)
    await using calm = await serve(checkedRoute([upstream.url], { panicThreshold: 0, healthCheck: { interval: '1s' } }))
    await until(() => endpointOf(calm.gate, upstream.url).health === 'unhealthy')
    const reply = await fetch(calm.url + chat, question)
    expect([reply.status, reply.headers.get('x-headgate-error'), reply.headers.get('retry-after')]).toEqual([
      503,
      'no_healthy_endpoint',
      '1',
    ])
    expect(upstream.served).toBe(1)
  })

  test('and alone makes room for its fallback', async () => {
    await using primary = await startChecked(failure(503))
    await using other = await startChecked()
    const config = checkedRoute([primary.url])
    const backends = [...(config.backends ?? []), { name: 'b', endpoints: [other.url] }]
    const rule = { backends: [{ backend: 'a' }], fallback: { backends: ['b'] } }
    await using served = await serve({ backends, routes: [{ name: 'only', rules: [rule] }] })
    const chosen: string[] = []
    served.gate.on('fallback-chosen', ({ to, because }) => chosen.push(`${to} ${because}`))
    await until(() => endpointOf(served.gate, primary.url).health === 'unhealthy')
    expect(await ask(served, 2)).toEqual([200, 200])
    expect([primary.served, other.served, chosen[0]]).toEqual([0, 2, 'b no_healthy_endpoint'])
  })

  test('and its fallback that is not well either is used all the same', async () => {
    await using primary = await startChecked(failure(503))
    await using other = await startChecked(failure(503))
    const healthCheck = { interval: 1 }
    const backends = [
      { name: 'a', endpoints: [primary.url], healthCheck },
      { name: 'b', endpoints: [other.url], healthCheck },
    ]
    const rule = { backends: [{ backend: 'a' }], fallback: { backends: ['b'] } }
    await using served = await serve({ backends, routes: [{ name: 'only', rules: [rule] }] })
    await until(() => served.gate.backends().every(({ endpoints: [one] }) => one?.health === 'unhealthy'))
    expect(await ask(served, 1)).toEqual([200])
    expect([primary.served, other.served]).toEqual([0, 1])
  })

  test.for<[string, Script | undefined, Fields['healthCheck'], string]>([
    ['refuses', undefined, {}, 'connect-failure'],
    ['is silent', silence, { timeout: 1 }, 'timeout'],
    ['says 204 where 200 is asked for', json({}, { status: 204 }), { statuses: [200] }, '204'],
  ])('is one that %s', async ([, health, healthCheck, because]) => {
    await using upstream = await startChecked(health)
    const url = health === undefined ? await refusingUrl() : upstream.url
    await using served = await serve(checkedRoute([url], { healthCheck: { ...healthCheck, interval: '1h' } }))
    const told = new Promise<HealthReport>((resolve) => served.gate.on('health-changed', resolve))
    expect(await told).toMatchObject({ from: 'unknown', to: 'unhealthy', because })
  })
})

describe('a check', () => {
  test('asks as it is told, with the fields of its backend', async () => {
    await using upstream = await startChecked()
    const headers = [{ name: 'authorization', value: 'Bearer key' }]
    const healthCheck = { path: '/health', method: 'HEAD' as const, host: 'model.test' }
    await using served = await serve(checkedRoute([upstream.url], { headers, healthCheck }))
    await until(() => endpointOf(served.gate, upstream.url).health === 'healthy')
    const [check] = upstream.checks
    expect([check?.method, check?.target, check?.values('host'), check?.header('authorization')]).toEqual([
      'HEAD',
      '/health',
      ['model.test'],
      'Bearer key',
    ])
  })

  test('names the endpoint as host by default', async () => {
    await using upstream = await startChecked()
    await using served = await serve(checkedRoute([upstream.url]))
    await until(() => endpointOf(served.gate, upstream.url).health === 'healthy')
    expect(upstream.checks[0]?.values('host')).toEqual([`127.0.0.1:${upstream.upstream.port}`])
  })

  test('counts nowhere: no breaker opens, no place is taken, no request ended', async () => {
    await using upstream = await startChecked(failure(500))
    await using served = await serve(
      checkedRoute([upstream.url], {
        breaker: { failures: 1 },
        outlierDetection: { consecutive5xx: 1, maxEjectionPercent: 100 },
      }),
    )
    await until(() => upstream.checks.length > 3)
    expect(endpointOf(served.gate, upstream.url)).toMatchObject({ breaker: 'closed', ejected: false, connections: 0 })
    expect([served.gate.inFlight, served.gate.backends()[0]?.inFlight, served.reports]).toEqual([0, 0, []])
    expect(new Set(upstream.checks.map(({ connection }) => connection)).size).toBe(upstream.checks.length)
  })

  test('is made while all connections of the backend are busy', async () => {
    await using upstream = await startChecked(json({}), silence)
    await using served = await serve(checkedRoute([upstream.url], { capacity: { maxConnections: 1 } }))
    const controller = new AbortController()
    const held = fetch(served.url + chat, { ...question, signal: controller.signal }).catch(() => undefined)
    await until(() => upstream.served === 1)
    const before = upstream.checks.length
    await until(() => upstream.checks.length > before + 2)
    expect(endpointOf(served.gate, upstream.url)).toMatchObject({ health: 'healthy', connections: 1 })
    controller.abort()
    await held
  })

  test('is made over HTTP/2 where the backend speaks it', async () => {
    const server = createServer()
    const paths: (string | undefined)[] = []
    server.on('stream', (stream, headers) => {
      paths.push(headers[':path'])
      stream.respond({ ':status': 200 }, { endStream: true })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    await using served = await serve(checkedRoute([url], { protocol: 'h2c' }))
    await until(() => endpointOf(served.gate, url).health === 'healthy')
    expect(paths[0]).toBe('/health')
    await served.gate.close({ drainMs: 0 })
    await new Promise<void>((resolve) => server.close(() => resolve()))
  })

  test('that succeeds ends an ejection at once', async () => {
    await using upstream = await startChecked(failure(503), failure(500))
    await using other = await startChecked()
    const outlierDetection = {
      consecutive5xx: 1,
      interval: '1h',
      baseEjectionTime: '1h',
      maxEjectionPercent: 50,
    } as const
    await using served = await serve(
      checkedRoute([upstream.url, other.url], {
        outlierDetection,
        panicThreshold: 0,
        healthCheck: { unhealthy: 1000 },
      }),
    )
    upstream.health = json({})
    await until(() => endpointOf(served.gate, upstream.url).health === 'healthy')
    upstream.health = failure(503)
    const told: string[] = []
    served.gate.on('endpoint-ejected', ({ endpoint, forMs }) => told.push(`out ${endpoint} ${forMs}`))
    served.gate.on('endpoint-restored', ({ endpoint }) => told.push(`back ${endpoint}`))
    while (told.length === 0) await ask(served, 1)
    upstream.health = json({})
    await until(() => told.length > 1)
    expect(told.slice(0, 2)).toEqual([`out ${upstream.url} 3600000`, `back ${upstream.url}`])
  })
})

describe('checks', () => {
  test('go on over a reload with what they know, and end with their settings', async () => {
    await using upstream = await startChecked()
    const config = checkedRoute([upstream.url])
    await using served = await serve(config)
    const told: HealthReport[] = []
    served.gate.on('health-changed', (report) => told.push(report))
    await until(() => endpointOf(served.gate, upstream.url).health === 'healthy')
    const before = told.length
    served.gate.update({ version: 1, ...config, forwarded: { trustedHops: 1 } })
    expect(endpointOf(served.gate, upstream.url).health).toBe('healthy')
    const checks = upstream.checks.length
    await until(() => upstream.checks.length > checks + 2)
    expect(told).toHaveLength(before)

    upstream.health = silence
    const held = upstream.checks.length
    await until(() => upstream.checks.length > held)
    const last = upstream.checks.at(-1)
    served.gate.update({ version: 1, ...oneRoute({ a: upstream.url }) })
    expect(endpointOf(served.gate, upstream.url).health).toBeUndefined()
    // The one under way is given up on the wire, and none follows it.
    await upstream.upstream.closed(last?.connection ?? 0)
    const { length } = upstream.checks
    await ask(served, 3)
    expect(upstream.checks).toHaveLength(length)
  })

  test('of an endpoint that is removed end, and those of the others go on', async () => {
    await using gone = await startChecked()
    await using stays = await startChecked()
    await using served = await serve(checkedRoute([gone.url, stays.url]))
    await until(() => gone.checks.length > 1 && stays.checks.length > 1)
    gone.health = silence
    const before = gone.checks.length
    await until(() => gone.checks.length > before)
    served.gate.update({ version: 1, ...checkedRoute([stays.url]) })
    await gone.upstream.closed(gone.checks.at(-1)?.connection ?? 0)
    const ended = gone.checks.length
    const checks = stays.checks.length
    await until(() => stays.checks.length > checks + 3)
    expect(gone.checks).toHaveLength(ended)
  })

  test('end when the gateway is closed', async () => {
    await using upstream = await startChecked(silence)
    await using served = await serve(checkedRoute([upstream.url], { healthCheck: { timeout: '1h' } }))
    await until(() => upstream.checks.length === 1)
    await served.gate.close()
    await upstream.upstream.closed(upstream.checks[0]?.connection ?? 0)
    expect(upstream.checks).toHaveLength(1)
  })
})
