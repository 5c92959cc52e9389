/** The text of readings that are made up, and what answers a scrape. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { MetersOptions, MetersReading } from 'headgate'
import { Counter, Registry } from 'prom-client'
import { describe, expect, test } from 'vitest'
import { metrics } from './expose.ts'
import type { Metered, Metrics } from './expose.ts'

const bounds = [0.5, 30]
const none = { bounds, counts: [0, 0, 0], count: 0, sum: 0 }

const reading: MetersReading = {
  inFlight: 2,
  reloads: 3,
  refusedReloads: 1,
  rules: [
    {
      route: '',
      rule: '',
      requests: [{ method: 'other', status: 404, count: 1 }],
      results: { completed: 0, answered: 1, broken: 0, abandoned: 0 },
      duration: none,
      firstByte: none,
      firstToken: none,
    },
    {
      route: 'a"b\\c\nd',
      rule: 'r',
      requests: [
        { method: 'GET', status: 200, count: 4 },
        { method: 'POST', status: 0, count: 1 },
      ],
      results: { completed: 3, answered: 0, broken: 1, abandoned: 1 },
      duration: { bounds, counts: [1, 2, 1], count: 4, sum: 70.25 },
      firstByte: none,
      firstToken: none,
    },
  ],
  backends: [
    {
      backend: 'gone',
      attempts: [
        { status: 503, outcome: 'ok', count: 2 },
        { status: 0, outcome: 'connect-failure', count: 3 },
        { status: 0, outcome: 'cancelled', count: 5 },
        { status: 200, outcome: 'reset', count: 1 },
      ],
      duration: none,
      retries: 7,
      fallbacks: 1,
      breakerChanges: { closed: 0, open: 1, 'half-open': 0 },
      pending: none,
      tokens: {
        input: 10,
        output: 20,
        cached: 5,
        timePerOutputToken: none,
        costs: [{ model: 'm', cost: 0.25 }],
        unpriced: 3,
      },
      now: undefined,
    },
  ],
  limits: [{ limit: 'tenant', allowed: 8, refused: 9, keys: 2 }],
}

function fake(): Metered {
  return { meters: () => reading }
}

async function linesOf(exposed: Pick<Metrics, 'text'>, name: string): Promise<string[]> {
  return (await exposed.text()).split('\n').filter((line) => line.replace(/^# \w+ /, '').startsWith(name))
}

describe('text', () => {
  test('counts with their labels, escaped as the format wants it', async () => {
    expect(await linesOf(metrics(fake()), 'headgate_requests_total')).toEqual([
      expect.stringMatching(/^# HELP headgate_requests_total /),
      '# TYPE headgate_requests_total counter',
      'headgate_requests_total{route="",rule="",method="other",code="404"} 1',
      String.raw`headgate_requests_total{route="a\"b\\c\nd",rule="r",method="GET",code="200"} 4`,
      String.raw`headgate_requests_total{route="a\"b\\c\nd",rule="r",method="POST",code="0"} 1`,
    ])
  })

  test('a histogram is added up, and what took no time is not in it', async () => {
    const labels = String.raw`route="a\"b\\c\nd",rule="r"`
    expect((await linesOf(metrics(fake()), 'headgate_request_duration_seconds')).slice(1)).toEqual([
      '# TYPE headgate_request_duration_seconds histogram',
      `headgate_request_duration_seconds_bucket{le="0.5",${labels}} 1`,
      `headgate_request_duration_seconds_bucket{le="30",${labels}} 3`,
      `headgate_request_duration_seconds_bucket{le="+Inf",${labels}} 4`,
      `headgate_request_duration_seconds_sum{${labels}} 70.25`,
      `headgate_request_duration_seconds_count{${labels}} 4`,
    ])
  })

  test('classes of status: as in Envoy what failed without a reply is 5xx, and what the caller ended is none', async () => {
    const exposed = metrics(fake(), { prefix: 'kgateway' })
    expect((await linesOf(exposed, 'kgateway_upstream_rq_xx{')).map((line) => line.slice(-8))).toEqual([
      '"1xx"} 0',
      '"2xx"} 1',
      '"3xx"} 0',
      '"4xx"} 0',
      '"5xx"} 5',
    ])
    expect(await linesOf(exposed, 'kgateway_upstream_rq_5xx{')).toEqual([
      'kgateway_upstream_rq_5xx{upstream_cluster="gone"} 5',
    ])
    expect(await linesOf(exposed, 'kgateway_retry_count')).toContain('kgateway_retry_count{upstream_cluster="gone"} 7')
  })

  test('a backend that is gone has no state', async () => {
    expect(
      (await linesOf(metrics(fake()), 'headgate_circuit_breaker_open')).filter((line) => !line.startsWith('#')),
    ).toEqual([])
  })

  test('all metrics of a scrape are of one reading', async () => {
    let read = 0
    const exposed = metrics({ meters: () => ({ ...reading, inFlight: read++ }) })
    read = 10
    expect(await linesOf(exposed, 'headgate_requests_active ')).toContain('headgate_requests_active 10')
    expect(read).toBe(11)
    await exposed.text()
    expect(read).toBe(12)
  })

  test('OpenMetrics, by option', async () => {
    const exposed = metrics(fake(), { prefix: 'kgateway', openMetrics: true })
    expect(exposed.contentType).toMatch(/^application\/openmetrics-text/)
    for (let time = 0; time < 2; time++) {
      const text = await exposed.text()
      expect(text.endsWith('# EOF\n')).toBe(true)
      expect(text).toContain('# TYPE kgateway_requests counter\n')
      expect(text).toContain('kgateway_requests_total{route="",')
      expect(text).toContain('# TYPE kgateway_retry_count unknown\nkgateway_retry_count{upstream_cluster="gone"} 7\n')
    }
  })
})

describe('exemplars', () => {
  const exemplars = [undefined, { traceId: 'a'.repeat(32), value: 1.5, at: 1_700_000_000.25 }, undefined]
  const [unrouted, rule] = reading.rules
  const duration = { ...none, counts: [0, 1, 0], count: 1, sum: 1.5, exemplars }
  const traced = { ...reading, rules: [unrouted, { ...rule, duration }] } as MetersReading
  const labels = String.raw`route="a\"b\\c\nd",rule="r"`

  test('are told in OpenMetrics, with units', async () => {
    let asked: MetersOptions | undefined
    const exposed = metrics({ meters: (options) => ((asked ??= options), traced) }, { openMetrics: true })
    expect(asked).toMatchObject({ exemplars: true })
    expect(await linesOf(exposed, 'headgate_request_duration_seconds')).toEqual([
      expect.stringMatching(/^# HELP/),
      '# TYPE headgate_request_duration_seconds histogram',
      '# UNIT headgate_request_duration_seconds seconds',
      `headgate_request_duration_seconds_bucket{le="0.5",${labels}} 0`,
      `headgate_request_duration_seconds_bucket{le="30",${labels}} 1 # {trace_id="${'a'.repeat(32)}"} 1.5 1700000000.25`,
      `headgate_request_duration_seconds_bucket{le="+Inf",${labels}} 1`,
      `headgate_request_duration_seconds_sum{${labels}} 1.5`,
      `headgate_request_duration_seconds_count{${labels}} 1`,
    ])
  })

  test('and nowhere else', async () => {
    let asked: MetersOptions | undefined
    const exposed = metrics({ meters: (options) => ((asked ??= options), traced) })
    expect(asked).toMatchObject({ exemplars: false })
    expect(await exposed.text()).not.toMatch(/trace_id|# UNIT/)
  })
})

describe('registries', () => {
  test('the one of the application has its own metrics beside', async () => {
    const registry = new Registry()
    new Counter({ name: 'mine_total', help: 'Mine.', registers: [registry] }).inc()
    registry.setDefaultLabels({ app: 'x' })
    const exposed = metrics(fake(), { registry })
    const text = await registry.metrics()
    expect(text).toContain('mine_total{app="x"} 1')
    expect(text).toContain('headgate_requests_active{app="x"} 2')
    exposed.stop()
    expect(await registry.metrics()).not.toContain('headgate_')
    metrics(fake(), { registry })
  })

  test('a name that is taken is refused before anything is registered', () => {
    const registry = new Registry()
    void new Counter({ name: 'headgate_retries_total', help: 'Mine.', registers: [registry] })
    expect(() => metrics(fake(), { registry })).toThrow('has a metric headgate_retries_total already')
    expect(registry.getMetricsAsArray()).toHaveLength(1)
    metrics(fake(), { registry, prefix: 'other' })
  })

  test('two gateways have a registry each', async () => {
    const [one, two] = [metrics(fake()), metrics(fake())]
    expect(one.registry).not.toBe(two.registry)
    expect(await one.text()).toBe(await two.text())
  })

  test('openMetrics beside a registry, and a bad prefix, are refused', () => {
    expect(() => metrics(fake(), { registry: new Registry(), openMetrics: true })).toThrow('its own content type')
    expect(() => metrics(fake(), { prefix: 'a-b' })).toThrow('prefix "a-b"')
  })
})

describe('handlers', () => {
  test('node:http: GET, HEAD, and nothing else', async () => {
    const exposed = metrics(fake())
    const server = createServer(exposed.node)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`
    const got = await fetch(url, { headers: { accept: 'application/openmetrics-text' } })
    expect([got.status, got.headers.get('content-type')]).toEqual([200, exposed.registry.contentType])
    const text = await got.text()
    expect(text).toBe(await exposed.text())
    const head = await fetch(url, { method: 'HEAD' })
    expect([head.headers.get('content-length'), await head.text()]).toEqual([String(Buffer.byteLength(text)), ''])
    expect((await fetch(url, { method: 'POST' })).status).toBe(405)
    server.close()
    server.closeAllConnections()
  })

  test('fetch: the same', async () => {
    const exposed = metrics(fake())
    expect(await (await exposed.fetch()).text()).toBe(await exposed.text())
    const ask = (method: string): Promise<Response> => exposed.fetch(new Request('http://a/metrics', { method }))
    expect([(await ask('GET')).status, (await ask('HEAD')).body, (await ask('POST')).status]).toEqual([200, null, 405])
  })

  test('node:http: an answer that somebody else gave meanwhile stands', async () => {
    const registry = new Registry()
    const answered: string[] = []
    void new Counter({
      name: 'mine_total',
      help: 'Mine.',
      registers: [registry],
      collect: () => void answered.push('a'),
    })
    const exposed = metrics(fake(), { registry })
    const server = createServer((request, response) => {
      exposed.node(request, response)
      response.writeHead(503).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`
    expect([(await fetch(url)).status, (await fetch(url)).status, answered.length]).toEqual([503, 503, 2])
    server.close()
    server.closeAllConnections()
  })

  test('a collector of the application that fails is told to nobody', async () => {
    const registry = new Registry()
    void new Counter({
      name: 'mine_total',
      help: 'Mine.',
      registers: [registry],
      collect: () => Promise.reject(new Error('secret')),
    })
    const reply = await metrics(fake(), { registry }).fetch()
    expect([reply.status, await reply.text()]).toEqual([500, ''])
  })

  test('a collector of the application that never ends fails the scrape, and the next one asks again', async () => {
    const registry = new Registry()
    let stuck = true
    void new Counter({
      name: 'mine_total',
      help: 'Mine.',
      registers: [registry],
      collect: () => (stuck ? new Promise(() => {}) : undefined),
    })
    const exposed = metrics(fake(), { registry, timeoutMs: 20 })
    const why = 'the metrics were not collected within 20 ms: a collector of the registry does not end'
    await expect(exposed.text()).rejects.toThrow(why)
    const reply = await exposed.fetch()
    expect([reply.status, await reply.text()]).toEqual([500, `${why}\n`])
    stuck = false
    expect((await exposed.fetch()).status).toBe(200)
  })

  test.for([0, -1, Number.NaN, 2 ** 31])('a timeout of %d is refused', (timeoutMs) => {
    expect(() => metrics(fake(), { timeoutMs })).toThrow(RangeError)
  })
})
