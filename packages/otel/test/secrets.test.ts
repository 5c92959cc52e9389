/** What must not leave the process does not, whatever is sampled, counted or asked for by option. */

import { describe, expect, test } from 'vitest'
import type { OpenTelemetryOptions } from '@headgate/otel'
import { cutReply, event, eventStream, json, reset, startUpstream } from '@headgate/testing'
import type { Script } from '@headgate/testing'
import { chat, metricSdk, observe, question, route, spanSdk } from './observed.ts'

const secret = 'hunter2'
const headers = {
  'content-type': 'application/json',
  authorization: `Bearer ${secret}`,
  'proxy-authorization': `Basic ${secret}`,
  'x-api-key': secret,
  'api-key': secret,
  cookie: `session=${secret}`,
  'user-agent': secret,
  referer: `https://app.test/${secret}`,
  'x-forwarded-for': secret,
  'x-request-id': secret,
  baggage: `user=${secret}`,
}
const messages = [
  { role: 'system', content: secret },
  { role: 'user', content: [{ type: 'text', text: secret }] },
]
const bodies: [string, string, object][] = [
  ['chat completions', chat, { model: 'gpt-4', user: secret, messages, tools: [{ type: 'function', name: secret }] }],
  ['responses', '/v1/responses', { model: 'gpt-4', instructions: secret, input: secret, metadata: { a: secret } }],
  ['messages', '/v1/messages', { model: 'claude', system: secret, messages }],
  ['completions', '/v1/completions', { model: 'gpt-4', prompt: secret }],
  ['embeddings', '/v1/embeddings', { model: 'e-1', input: [secret] }],
]
const delta = event({ model: 'm', choices: [{ index: 0, delta: { content: secret } }] })
const replies: [string, Script][] = [
  [
    'a reply',
    json({ model: 'm', id: secret, choices: [{ message: { content: secret } }] }, { headers: [['x-id', secret]] }),
  ],
  ['a stream', eventStream([delta, event('[DONE]')], { headers: [['set-cookie', secret]] })],
  ['a stream that breaks', eventStream([delta, reset])],
  ['an error', json({ error: { message: secret, type: secret, code: secret } }, { status: 400 })],
  ['an error event', eventStream([event({ error: { message: secret, type: secret, code: secret } })])],
  ['a reply that is cut', cutReply({ body: secret.repeat(9) })],
]
const options: [string, OpenTelemetryOptions][] = [
  ['by default', {}],
  ['with every option that looks further', { requestModel: 1_000_000, semconvOptIn: 'gen_ai_latest_experimental' }],
]

describe.for(options)('%s', ([, option]) => {
  test.for(replies)(
    'bodies, queries, fields and credentials are in no span and in no metric: %s',
    async ([, reply]) => {
      await using a = await startUpstream(reply)
      await using b = await startUpstream(reply)
      const spans = spanSdk()
      const meters = metricSdk()
      const rule = {
        retry: { retries: 1, on: ['5xx', 'reset'], backoff: { base: 1, max: 1 } },
        fallback: { backends: ['b'] },
      }
      await using gate = await observe(route({ a: a.url, b: b.url }, rule), { ...spans, ...meters, ...option })
      for (const [, path, body] of bodies) {
        const sent = { ...question, headers, body: JSON.stringify(body) }
        await fetch(`${gate.url}${path}?key=${secret}#${secret}`, sent)
          .then((one) => one.text())
          .catch(() => '')
      }
      await gate.report(bodies.length)
      expect(spans.spans().length).toBeGreaterThanOrEqual(2 * bodies.length)
      const told = spans.spans().map(({ name, attributes, events, links, status }) => {
        return [name, attributes, events, links.map((link) => link.attributes), status]
      })
      expect(JSON.stringify(told)).not.toContain(secret)
      const points = await meters.points()
      expect(Object.keys(points)).toContain('gen_ai.server.request.duration')
      expect(JSON.stringify(points)).not.toContain(secret)
      await meters.meterProvider.shutdown()
    },
  )
})
