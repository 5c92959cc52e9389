/** What something in front of the mount writes into a request. */

import { createServer } from 'node:http'
import { expect, test } from 'vitest'
import { json, startUpstream } from '@headgate/testing'
import { Gateway, nodeHandler } from 'headgate'
import { listen } from './listen.ts'
import { oneRoute } from './serve.ts'

test('fields that middleware writes are neither matched nor sent on: those that came are', async () => {
  await using upstream = await startUpstream(json({ ok: true }))
  const rule = { matches: [{ headers: [{ name: 'x-model', value: 'a' }] }] }
  const gate = new Gateway({ version: 1, ...oneRoute({ a: upstream.url }, rule) })
  const handle = nodeHandler(gate)
  const server = createServer((request, response) => {
    request.headers['x-model'] = request.headers['x-model'] === 'a' ? 'b' : 'a'
    handle(request, response)
  })
  const served = await listen(server, gate)
  const statuses = await Promise.all(
    ['a', 'b'].map(async (model) => (await fetch(served.url, { headers: { 'x-model': model } })).status),
  )
  await served.close()
  expect(statuses).toEqual([200, 404])
  expect(upstream.requests).toHaveLength(1)
})
