/** What `Server-Timing` costs where nobody gets the record: only what it tells. */

import { expect, onTestFinished, test, vi } from 'vitest'
import { failure, json, startUpstream } from '@headgate/testing'
import { fetchHandler, Gateway } from 'headgate'
import { BackendState } from '../src/backends/backend-state.ts'
import { HeardReply } from '../src/pipeline/heard-reply.ts'
import { chat, oneRoute, question } from './serve.ts'

test.for([
  ['nobody', 0],
  ['somebody', 2],
] as const)('with %s who gets records, choices that are written down: %i', async ([listener, expected]) => {
  const picks = vi.spyOn(BackendState.prototype, 'tracedPick')
  const heard = vi.spyOn(HeardReply, 'open')
  onTestFinished(() => void vi.restoreAllMocks())
  await using a = await startUpstream(failure(503))
  await using b = await startUpstream(json({}))
  const config = oneRoute(
    { a: a.url, b: b.url },
    { fallback: { backends: ['b'] } },
    { reporting: { serverTiming: true } },
  )
  await using gate = new Gateway({ version: 1, ...config })
  if (listener === 'somebody') gate.on('request-ended', () => {})
  const reply = await fetchHandler(gate)(new Request(`http://gateway${chat}`, question))
  await reply.text()
  expect(reply.headers.get('server-timing')).toMatch(/^attempt-1;dur=[\d.]+;desc="503", queue;dur=.*total;dur=[\d.]+$/)
  expect([picks.mock.calls.length, heard.mock.calls.length]).toEqual([expected, expected])
})
