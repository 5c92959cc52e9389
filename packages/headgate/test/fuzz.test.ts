/** Any bytes, as requests and as replies: what goes on is well-formed to a strict reader, and reaches only whom it is for. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { connectRaw, fin, json, rawRequest, startUpstream, steps, wholeRequest } from '@headgate/testing'
import { bytesOf, casesOf, open, wayNames } from './corpus.ts'
import { heldBy, nothing, when } from './held.ts'

const odd = fc.constantFrom(
  '\r\n',
  '\n',
  '\r',
  '\0',
  ' ',
  ':',
  '0',
  '%2e',
  '/',
  '\\',
  'chunked',
  '\r\n\r\n',
  '\u00ff',
  ',',
  'a',
)

async function turns(count: number): Promise<undefined> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
  return undefined
}

/** A good message with something odd in it, or with the end of any other one. */
const mutated = (good: readonly Buffer[], cases: readonly Buffer[]): fc.Arbitrary<Buffer> =>
  fc
    .tuple(fc.constantFrom(...good), fc.constantFrom(...cases), odd, fc.nat(), fc.nat(), fc.nat(3), fc.nat(3))
    .map(([one, other, middle, from, to, length, splice]) => {
      const at = from % (one.length + 1)
      const rest = splice === 0 ? other.subarray(to % (other.length + 1)) : one.subarray(at + length)
      return Buffer.concat([one.subarray(0, at), Buffer.from(middle, 'latin1'), rest])
    })

const requests = mutated(casesOf('request-passed').map(bytesOf), casesOf('request-').map(bytesOf))
const replies = mutated(casesOf('reply-passed').map(bytesOf), casesOf('reply-').map(bytesOf))

test.for(wayNames)('%s, requests: neither side ever sees a message that is not well-formed', async (way) => {
  await using upstream = await startUpstream(json({}))
  await using served = await open(way, upstream)
  await fc.assert(
    fc.asyncProperty(requests, async (sent) => {
      using client = await connectRaw(served.url)
      await client.write(sent)
      // What waits for more is left alone for a while, and then left.
      const reply = client.reply('POST').then(
        ({ status }) => status,
        (error: unknown) => String(error),
      )
      const seen = await Promise.race([reply, turns(40)])
      // The reader of the client is strict too, and says so of what is no reply.
      expect(seen === undefined || seen === 200 || Number(seen) >= 400 || String(seen).includes('unread: ""')).toBe(
        true,
      )
      expect(upstream.journal.filter(({ kind }) => kind === 'malformed')).toEqual([])
    }),
    { numRuns: 1000, seed: 7 },
  )
  expect(upstream.requests.length).toBeGreaterThan(100)
  await when(() => heldBy(served.gate).inFlight === 0 && heldBy(served.gate).connections === 0)
  expect(heldBy(served.gate)).toEqual(nothing)
})

test.for(wayNames)(
  '%s, replies: one delivery, a well-formed reply, and nothing of it for the next caller',
  async (way) => {
    await using upstream = await startUpstream()
    await using served = await open(way, upstream)
    const post = { method: 'POST', target: '/x', body: 'abc' }
    let passed = 0
    await fc.assert(
      fc.asyncProperty(replies, fc.boolean(), async (sent, ends) => {
        const before = upstream.requests.length
        upstream.use([steps(wholeRequest, sent, ends ? fin : () => {}), json({ mine: true })])
        using client = await connectRaw(served.url)
        await client.send(post)
        const settled = client.reply('POST').then(async (reply) => [reply.status, await reply.settled()] as const)
        const seen = await Promise.race([settled, turns(60)])
        if (seen?.[1] === 'whole' && seen[0] < 500) passed++
        client.abort()
        await settled.catch(() => undefined)
        const next = await rawRequest(served.url, post)
        expect([next.status, next.text, upstream.requests.length - before]).toEqual([200, '{"mine":true}', 2])
      }),
      { numRuns: 500, seed: 7 },
    )
    expect(passed).toBeGreaterThan(50)
    await when(() => heldBy(served.gate).inFlight === 0 && heldBy(served.gate).connections === 0)
    expect(heldBy(served.gate)).toEqual(nothing)
  },
)
