/** OpenMetrics as a real Prometheus reads it: types, units, and the traces that buckets name. */

import { event, eventStream, startUpstream } from '@headgate/testing'
import { describe, expect, test } from 'vitest'
import { measured, routesOf } from './measured.ts'
import { openScraped } from './scraped.ts'
import { found, startPrometheus, temporaryFolder } from './tools.ts'

interface Exemplars {
  readonly status: string
  readonly data: readonly {
    readonly seriesLabels: Readonly<Record<string, string>>
    readonly exemplars: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: string }[]
  }[]
}

interface Metadata {
  readonly data: Readonly<Record<string, readonly { readonly type: string; readonly unit: string }[]>>
}

const traceId = '0af7651916cd43dd8448eb211c80319c'
const traced = ['request_duration_seconds', 'time_to_first_token_seconds', 'upstream_rq_duration_seconds']

describe.skipIf(!found)('a real Prometheus', { timeout: 60_000 }, () => {
  test('finds the trace of a request in the buckets that it fell into', async () => {
    using folder = temporaryFolder()
    const word = event({ choices: [{ delta: { content: 'a' } }] })
    await using chat = await startUpstream(eventStream([word, event('[DONE]')]))
    const config = routesOf({ chat: chat.url }, {}, { chat: { dialect: 'openai-chat' } })
    // Every kind of metric, also of those names that are none in OpenMetrics.
    const prices = { m: { input: 1, output: 1 } }
    const options = { openMetrics: true, prefix: 'kgateway', prices }
    await using served = await measured(config, { metrics: options })
    const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01` }
    await (await fetch(`${served.url}/chat`, { method: 'POST', body: '{}', headers })).text()
    await served.ended(1)
    const open = await openScraped(served.metrics)
    await using prometheus = await startPrometheus(
      folder,
      JSON.stringify({
        global: { scrape_interval: '1s', scrape_timeout: '1s' },
        scrape_configs: [{ job_name: 'open', static_configs: [{ targets: [open.target] }] }],
      }),
      '--enable-feature=exemplar-storage',
    )
    const began = Date.now() / 1000 - 60
    await open.scraped(3)
    open.close()
    const ask = async <Answer>(path: string): Promise<Answer> =>
      (await (await fetch(prometheus.url + path)).json()) as Answer
    for (const name of traced) {
      const query = new URLSearchParams({
        query: `kgateway_${name}_bucket`,
        start: String(began),
        end: String(Date.now() / 1000 + 60),
      })
      const { status, data } = await ask<Exemplars>(`/api/v1/query_exemplars?${query.toString()}`)
      expect({ name, status, traces: data.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels)) }).toEqual({
        name,
        status: 'success',
        traces: [{ trace_id: traceId }],
      })
      // It lies in its bucket.
      const [series] = data
      expect(Number(series?.exemplars[0]?.value)).toBeLessThanOrEqual(Number(series?.seriesLabels['le']))
    }
    const { data } = await ask<Metadata>('/api/v1/metadata')
    expect(data['kgateway_request_duration_seconds']).toEqual([
      expect.objectContaining({ type: 'histogram', unit: 'seconds' }),
    ])
    expect(data['kgateway_requests']?.[0]?.type).toBe('counter')
    expect(data['kgateway_retry_count']?.[0]?.type).toBe('unknown')
  })
})
