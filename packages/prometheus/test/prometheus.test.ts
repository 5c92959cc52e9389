/** A real Prometheus that scrapes a gateway under a short load with faults: the queries of the kgateway document tell what the load knows. */

import { failure, json, startUpstream } from '@headgate/testing'
import { documentedQueries, metrics, ruleFile } from '@headgate/prometheus'
import { describe, expect, test } from 'vitest'
import { measured, routesOf } from './measured.ts'
import { openScraped } from './scraped.ts'
import { found, startPrometheus, temporaryFolder } from './tools.ts'

const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600]

function bucketAbove(seconds: number): number {
  return buckets.find((bound) => bound >= seconds) ?? Infinity
}

function percentile99(seconds: readonly number[]): number {
  return seconds.toSorted((one, other) => one - other)[Math.ceil(seconds.length * 0.99) - 1] ?? 0
}

/** Scrapes that the load is spread over; what a rate adds at its ends is about one of them. */
const rounds = 24

describe.skipIf(!found)('a real Prometheus', { timeout: 60_000 }, () => {
  test('the four queries of the kgateway document', async () => {
    using folder = temporaryFolder()
    // Two of three attempts at `chat` are answered, one gets a 503 and is made again.
    let chats = 0
    await using chat = await startUpstream((request, connection) =>
      (++chats % 3 === 0 ? failure(503) : json({}))(request, connection),
    )
    await using embed = await startUpstream(json({}))
    await using broken = await startUpstream(failure(500))
    const retry = { retries: 1, on: ['5xx'], backoff: { base: 1, max: 2 } }
    const config = routesOf({ chat: chat.url, embed: embed.url, broken: broken.url }, {}, { chat: { retry } })
    await using served = await measured(config, { metrics: { prefix: 'kgateway', buckets } })
    const scraped = await openScraped(served.metrics)
    const open = await openScraped(metrics(served.gate, { prefix: 'kgateway', openMetrics: true }))
    // Every series is there from the first scrape on.
    for (const path of ['/chat', '/embed', '/broken']) await served.ask(path)
    const rules = folder.write('rules.yml', ruleFile({ prefix: 'kgateway' }))
    await using prometheus = await startPrometheus(
      folder,
      JSON.stringify({
        global: { scrape_interval: '200ms', scrape_timeout: '200ms', evaluation_interval: '1s' },
        rule_files: [rules],
        scrape_configs: [
          { job_name: 'gateway', static_configs: [{ targets: [scraped.target] }] },
          // In OpenMetrics, under names of its own, so that no query sees it twice.
          {
            job_name: 'open',
            static_configs: [{ targets: [open.target] }],
            metric_relabel_configs: [
              { source_labels: ['__name__'], regex: 'kgateway_(.*)', replacement: 'open_$1', target_label: '__name__' },
            ],
          },
        ],
      }),
    )
    await scraped.scraped(2)
    const attemptsBefore = chat.requests.length
    const asked = { chat: 0, embed: 0, broken: 0 }
    const took: Record<keyof typeof asked, number[]> = { chat: [], embed: [], broken: [] }
    for (let round = 0; round < rounds; round++) {
      for (const path of ['chat', 'chat', 'chat', 'embed', 'embed', 'broken'] as const) {
        const began = performance.now()
        await served.ask(`/${path}`)
        took[path].push((performance.now() - began) / 1000)
        asked[path]++
      }
      await scraped.scraped(1)
    }
    const total = asked.chat + asked.embed + asked.broken
    const repeats = chat.requests.length - attemptsBefore - asked.chat
    expect(repeats).toBeGreaterThan(rounds)
    await served.ended(total + 3)
    // What was scraped is there to be asked for a moment later.
    while ((await prometheus.query('sum(kgateway_requests_total)')).get('') !== total + 3);

    const perSecond = await prometheus.query(documentedQueries.requests, 'route')
    for (const route of ['chat', 'embed', 'broken'] as const) {
      const counted = (perSecond.get(route) ?? 0) * 300
      expect(counted).toBeGreaterThan(asked[route] * 0.97)
      expect(counted).toBeLessThan(asked[route] * 1.12)
    }
    const latency = await prometheus.query(documentedQueries.latency, 'route')
    for (const route of ['chat', 'embed', 'broken'] as const) {
      expect(latency.get(route)).toBeGreaterThan(0)
      expect(latency.get(route)).toBeLessThanOrEqual(bucketAbove(percentile99(took[route])))
    }
    const errors = (await prometheus.query(documentedQueries.errors)).get('') ?? 0
    const known = ((repeats + asked.broken) / total) * 100
    expect(errors).toBeGreaterThan(known * 0.9)
    expect(errors).toBeLessThan(known * 1.1)
    expect((await prometheus.query('kgateway_retry_count', 'upstream_cluster')).get('chat')).toBe(
      repeats + attemptsBefore - 1,
    )
    // A connection that idles is closed after a while: asked again, both have the same in the end.
    for (const upstream of [
      { name: 'chat', open: chat },
      { name: 'embed', open: embed },
    ]) {
      const open = (): number =>
        upstream.open.journal.reduce(
          (sum, { kind }) => sum + Number(kind === 'connected') - Number(kind === 'closed'),
          0,
        )
      let active: number | undefined
      do active = (await prometheus.query(documentedQueries.connections, 'upstream_cluster')).get(upstream.name)
      while (active !== open())
      expect(active).toBe(open())
    }
    for (const name of ['requests_total', 'request_duration_seconds_count', 'retry_count', 'upstream_rq_5xx']) {
      const [one, other] = await Promise.all(['kgateway', 'open'].map((p) => prometheus.query(`sum(${p}_${name})`)))
      expect({ name, sum: other?.get('') }).toEqual({ name, sum: one?.get('') })
    }
    const loaded = (await (await fetch(`${prometheus.url}/api/v1/rules`)).json()) as {
      data: { groups: { rules: { health: string; lastError?: string }[] }[] }
    }
    expect(loaded.data.groups.flatMap((group) => group.rules.flatMap(({ lastError }) => lastError ?? []))).toEqual([])
    expect(loaded.data.groups.length).toBeGreaterThan(3)
    scraped.close()
    open.close()
  })
})
