/** What callers make up adds no series to the metrics. */

import { json, rawRequest, startUpstream } from '@headgate/testing'
import { expect, test } from 'vitest'
import { measured, routesOf } from './measured.ts'
import { readScrape } from './series.ts'

test('made-up methods, paths, hosts, tenants and models', { timeout: 30_000 }, async () => {
  await using upstream = await startUpstream(json({}))
  const limits = [{ name: 'tenant', per: { header: 'x-tenant-id' }, tokens: 5, every: '1h' as const }]
  const config = routesOf({ a: upstream.url }, {}, { a: { limits: ['tenant'] } })
  await using served = await measured({ ...config, limits })
  const series = async (): Promise<string[]> => [...readScrape(await served.metrics.text()).keys()].toSorted()
  const ask = async (method: string, made: string): Promise<void> => {
    for (const target of ['/a', `/${made}`]) {
      const headers = [
        ['host', `${made}.example`],
        ['x-tenant-id', made],
        ['x-model-id', made],
      ] as const
      await rawRequest(served.url, { method, target, headers, body: JSON.stringify({ model: made }) })
    }
  }
  for (const method of ['POST', 'PROPFIND']) await ask(method, 'secret')
  await served.ended(4)
  const before = await series()
  const methods = ['POST', 'MKCOL', 'REPORT', 'SEARCH', 'LINK']
  for (let at = 0; at < 200; at++) await ask(methods[at % methods.length] ?? '', `secret${at}`)
  await served.ended(404)
  const after = await series()
  expect(after).toEqual(before)
  expect(after.join()).not.toMatch(/secret|example/)
  expect(after.length).toBeGreaterThan(100)
})
