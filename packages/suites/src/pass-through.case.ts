/** SDKs see the same through a mount as directly: declared as vitest tests. Knows no framework. */

import { describe, expect, type TestContext, test } from 'vitest'
import { oneBackend } from './mount/bench.ts'
import type { Mount, MountTraits } from './mount/contract.ts'
import { type ModelServer, startModelServer } from './model-server.ts'
import type { PassThroughClient } from './pass-through/client.ts'
import { failureOf, normalise, normaliseRequestHeaders } from './pass-through/record.ts'
import { eventStream, silence, startUpstream } from '@headgate/testing'

/** Loaded on demand: the mount suite shares an entry with this one and does not wait for SDKs. */
const clients: Readonly<Record<string, () => Promise<PassThroughClient>>> = {
  'openai chat completions': async () => (await import('./pass-through/openai.ts')).openaiChat,
  'openai responses': async () => (await import('./pass-through/openai.ts')).openaiResponses,
  'anthropic messages': async () => (await import('./pass-through/anthropic.ts')).anthropicMessages,
  'ai sdk': async () => (await import('./pass-through/ai-sdk.ts')).aiSdk,
  langchain: async () => (await import('./pass-through/langchain.ts')).langchain,
}

const prompt = 'Say it: €😀 "quoted" \\ 12345678901234567890'
const statuses = [400, 401, 404, 429, 500, 529] as const

/** Opens the way through the mount to one server, for one test. */
type Through = (url: string, context: TestContext) => Promise<string>

/**
 * Declares, for each SDK and each mode of the mount, that plain and streamed answers, errors and leaving in the middle give the
 * same record directly and through the mount, and that the server saw the same request.
 */
export function passThroughSuite(traits: Pick<MountTraits, 'name' | 'modes'>, mount: Mount): void {
  describe.for([...traits.modes])(`${traits.name}, %s, through`, (mode) => {
    const through: Through = async (url, context) => {
      const raw = mode === 'raw' ? { raw: true } : {}
      const mounted = await mount({ ...raw, config: oneBackend(url) })
      context.onTestFinished(() => mounted.close())
      return mounted.url
    }
    describe.for(Object.entries(clients))('%s', ([, load]) => {
      declare(load, through)
    })
  })
}

function declare(load: () => Promise<PassThroughClient>, through: Through): void {
  test('a plain answer is the same', async (context) => {
    const client = await load()
    const seen = await bothWays(context, through, (url) => client.plain(url, prompt))
    expect(seen.direct.record).not.toHaveProperty('unexpected')
    expect(seen.through).toEqual(seen.direct)
  })

  test('a streamed answer is the same, event by event', async (context) => {
    const client = await load()
    const seen = await bothWays(context, through, (url) => client.streaming(url, prompt))
    expect(seen.through).toEqual(seen.direct)
  })

  test.for([...statuses])('an error of status %i is the same', async (status, context) => {
    const client = await load()
    const seen = await bothWays(context, through, (url) => failureOf(() => client.plain(url, `fail with ${status}`)))
    expect(seen.direct.record).not.toHaveProperty('unexpected')
    expect(seen.through).toEqual(seen.direct)
  })

  test('an error before a stream is the same', async (context) => {
    const client = await load()
    const seen = await bothWays(context, through, (url) => failureOf(() => client.streaming(url, 'fail with 429')))
    expect(seen.direct.record).not.toHaveProperty('unexpected')
    expect(seen.through).toEqual(seen.direct)
  })

  test('leaving in the middle of a stream looks the same and reaches the server', async (context) => {
    const client = await load()
    const records: unknown[] = []
    for (const way of [direct, through]) {
      const upstream = await startUpstream(eventStream([...client.opening, silence]))
      context.onTestFinished(() => upstream.close())
      records.push(normalise(await client.leaving(await way(upstream.url, context), prompt)))
      expect(await upstream.closed(1)).toMatch(/^peer-/)
      expect(upstream.requests).toHaveLength(1)
    }
    expect(records[1]).toEqual(records[0])
    expect(JSON.stringify(records[0])).toContain('one')
  })
}

/** What the client made of it, and every request as the server saw it. */
interface Seen {
  readonly record: unknown
  readonly requests: readonly unknown[]
}

/** Runs the same twice against one server, directly and through the mount. */
async function bothWays(
  context: TestContext,
  through: Through,
  run: (url: string) => Promise<unknown>,
): Promise<{ readonly direct: Seen; readonly through: Seen }> {
  const server = await startModelServer('the model that answers')
  context.onTestFinished(() => server.close())
  const seen = async (way: Through): Promise<Seen> => {
    const before = server.requests.length
    const record = normalise(await run(await way(server.url, context)))
    return { record, requests: seenBy(server).slice(before) }
  }
  return { direct: await seen(direct), through: await seen(through) }
}

function seenBy(server: ModelServer): unknown[] {
  return server.requests.map(({ method, path, headers, body, status }) => {
    return { method, path, headers: normaliseRequestHeaders(headers), body, status }
  })
}

const direct: Through = (url) => Promise.resolve(url)
