/** Whatever a caller, a backend or a config keeps secret is in no line, at any level and whatever becomes of the request. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { connectRaw, cutReply, event, eventStream, failure, json, reply, reset, startUpstream } from '@headgate/testing'
import type { RawRequest, Script } from '@headgate/testing'
import { chat, oneRoute } from './serve.ts'
import { serveLogged } from './logged.ts'

const runs = Number(process.env['HEADGATE_FUZZ_RUNS'] ?? 100)

/** Where a caller can put one, beside the path. */
const ofCaller: readonly ((secret: string) => RawRequest)[] = [
  (secret) => ({ target: `${chat}?key=${secret}` }),
  (secret) => ({ target: `${chat}?a=1&${secret}` }),
  (secret) => ({ headers: [['authorization', `Bearer ${secret}`]] }),
  (secret) => ({ headers: [['x-api-key', secret]] }),
  (secret) => ({ headers: [[`x-${secret}`, '1']] }),
  (secret) => ({ headers: [['cookie', `session=${secret}; other=${secret}`]] }),
  (secret) => ({ headers: [['x-user', secret]] }),
  (secret) => ({ headers: [['host', `user:${secret}@host`]] }),
  (secret) => ({ headers: [['host', `${secret}.example`]] }),
  (secret) => ({ headers: [['x-request-id', secret]] }),
  (secret) => ({ headers: [['traceparent', `00-${secret}`]] }),
  (secret) => ({ headers: [['tracestate', `a=${secret}`]] }),
  (secret) => ({ headers: [['content-type', `application/${secret}`]] }),
  (secret) => ({ headers: [['transfer-encoding', secret]] }),
  (secret) => ({ headers: [['upgrade', secret]] }),
  (secret) => ({ body: JSON.stringify({ model: secret, messages: [{ content: secret }] }) }),
  (secret) => ({ target: `http://user:${secret}@host${chat}` }),
  (secret) => ({ target: `http://${secret}.example${chat}` }),
  (secret) => ({ target: `${chat}/../${secret}` }),
  (secret) => ({ target: `${chat}#${secret}` }),
  (secret) => ({ target: `${chat}?#${secret}` }),
]

const echoed = (secret: string): readonly (readonly [string, string])[] => [
  ['set-cookie', secret],
  ['x-key', secret],
]
const ofBackend: readonly ((secret: string) => Script)[] = [
  (secret) => json({ choices: [{ message: { content: secret } }] }, { headers: echoed(secret) }),
  (secret) => reply({ status: 401, headers: echoed(secret), body: JSON.stringify({ error: { message: secret } }) }),
  (secret) => reply({ status: 503, headers: echoed(secret), body: secret }),
  (secret) => cutReply({ headers: echoed(secret), body: secret.repeat(3) }),
  (secret) =>
    eventStream([
      event({ choices: [{ delta: { content: secret } }] }),
      event({ error: { message: secret, code: secret } }),
    ]),
  (secret) => (_, connection) => connection.write(`HTTP/1.1 200 ${secret}\r\n${secret}\r\n\r\n`).then(() => undefined),
  () => failure(429),
  () => reset,
]

const secrets = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{15,30}$/)

test('no secret is in a line', { timeout: 30_000 + runs * 200 }, async () => {
  const each = fc.asyncProperty(
    fc.tuple(secrets, secrets, secrets),
    fc.array(fc.constantFrom(...ofCaller), { minLength: 1, maxLength: 4 }),
    fc.array(fc.constantFrom(...ofBackend), { minLength: 1, maxLength: 3 }),
    async ([ofConfig, ofCallers, ofBackends], requests, replies) => {
      await using a = await startUpstream(replies.map((make) => make(ofBackends)))
      const credential = { name: 'authorization', value: { secret: 'ns/keys/a' } }
      const filter = { type: 'RequestHeaderModifier' as const, set: [{ name: 'x-set', value: ofConfig }] }
      const rule = {
        backends: [{ backend: 'a' }],
        filters: [filter],
        sticky: { header: 'x-user' },
        limits: ['users'],
        retry: { retries: 1, on: ['5xx' as const, 'reset' as const], backoff: { base: 1, max: 1 } },
      }
      const backends = [{ name: 'a', endpoints: [a.url], headers: [credential], breaker: { failures: 2 } }]
      const limits = [{ name: 'users', per: { header: 'x-user' }, tokens: 1, every: '1h' as const }]
      const options = { level: 'trace', secrets: new Map([['ns/keys/a', `Bearer ${ofConfig}`]]) }
      const served = await serveLogged({ ...oneRoute({}, rule), backends, limits }, options)
      for (const make of requests) {
        const client = await connectRaw(served.url)
        await client.send({ method: 'POST', target: chat, ...make(ofCallers) })
        await client.reply('POST').then(
          (got) => got.settled(),
          () => undefined,
        )
        client.abort()
      }
      await served[Symbol.asyncDispose]()
      const text = served.texts.join('')
      for (const secret of [ofConfig, ofCallers, ofBackends]) expect(text).not.toContain(secret)
      expect(served.lines.at(-1)?.event).toBe('closed')
    },
  )
  await fc.assert(each, { numRuns: runs })
})
