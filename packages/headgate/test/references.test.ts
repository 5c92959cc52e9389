/** References of a config: backends that could not be resolved, fallbacks of backends, and secrets given beside it. */

import { describe, expect, test } from 'vitest'
import { failure, json, refusingUrl, startUpstream } from '@headgate/testing'
import { Gateway, GatewayError } from 'headgate'
import type { GatewayConfigInput } from 'headgate'
import { chat, oneRoute, question, serve } from './serve.ts'

type Backend = NonNullable<GatewayConfigInput['backends']>[number]

async function statuses(url: string, count: number): Promise<Record<number, number>> {
  const seen: Record<number, number> = {}
  for (let asked = 0; asked < count; asked++) {
    const { status } = await fetch(url + chat, question)
    seen[status] = (seen[status] ?? 0) + 1
  }
  return seen
}

describe('a backendRef that could not be resolved', () => {
  test('is 500 for exactly its share', async () => {
    await using upstream = await startUpstream()
    const backends = [
      { backend: 'a', weight: 9 },
      { unresolved: 'no Service is named "secret-name"', weight: 1 },
    ]
    await using served = await serve(oneRoute({ a: upstream.url }, { backends }))
    expect(await statuses(served.url, 20)).toEqual({ 200: 18, 500: 2 })
    expect(upstream.requests).toHaveLength(18)
  })

  test('says so with its code, and keeps names to itself', async () => {
    await using served = await serve(oneRoute({}, { backends: [{ unresolved: 'no Service is named "secret-name"' }] }))
    const answer = await fetch(served.url + chat, question)
    expect([answer.status, answer.headers.get('x-headgate-error')]).toEqual([500, 'ref_unresolved'])
    expect(await answer.text()).not.toContain('secret-name')
    expect(await served.report(1)).toMatchObject({ route: 'only', result: 'answered', attempts: [] })
  })

  test('with the weight 0 has no share; beside zeros alone it is 503', async () => {
    await using upstream = await startUpstream()
    const unresolved = { unresolved: 'gone', weight: 0 }
    await using served = await serve(oneRoute({ a: upstream.url }, { backends: [{ backend: 'a' }, unresolved] }))
    expect(await statuses(served.url, 4)).toEqual({ 200: 4 })
    await using zeros = await serve(
      oneRoute({ a: upstream.url }, { backends: [{ backend: 'a', weight: 0 }, unresolved] }),
    )
    expect(await statuses(zeros.url, 1)).toEqual({ 503: 1 })
  })

  test('several are several shares, and neither retries nor fallbacks stand in for them', async () => {
    await using upstream = await startUpstream()
    const rule = {
      backends: [{ unresolved: 'one' }, { unresolved: 'two' }, { backend: 'a', weight: 2 }],
      retry: { retries: 3, on: [500] },
      fallback: { backends: ['b'] },
    }
    await using served = await serve(oneRoute({ a: upstream.url, b: upstream.url }, rule))
    expect(await statuses(served.url, 8)).toEqual({ 200: 4, 500: 4 })
    expect(upstream.requests).toHaveLength(4)
  })

  test('keeps its share when the weights of the others change', async () => {
    await using upstream = await startUpstream()
    const backends = [
      { backend: 'a', weight: 1 },
      { unresolved: 'gone', weight: 1 },
    ]
    await using served = await serve(oneRoute({ a: upstream.url }, { backends }))
    served.gate.setWeights('only', { a: 3 })
    expect(await statuses(served.url, 8)).toEqual({ 200: 6, 500: 2 })
  })

  test('is shown by explain with its reason', async () => {
    await using served = await serve(oneRoute({}, { backends: [{ unresolved: 'gone', weight: 3 }] }))
    const { winner } = served.gate.explain({ target: '/' })
    expect(winner).toMatchObject({ backends: [], unresolved: [{ weight: 3, because: 'gone' }] })
  })
})

describe('the fallback of a backend', () => {
  const pair = (first: Partial<Backend>, urls: { readonly a: string; readonly b: string }): Backend[] => [
    { name: 'a', endpoints: [urls.a], fallback: { backends: ['b'] }, ...first },
    { name: 'b', endpoints: [urls.b] },
  ]
  const rule = { backends: [{ backend: 'a' }] }

  test.for([
    ['is away', undefined],
    ['fails', failure(503)],
  ] as const)('takes over in every rule when the backend %s', async ([, script]) => {
    await using a = await startUpstream(script ?? json({}))
    await using b = await startUpstream(json('b'))
    const urls = { a: script === undefined ? await refusingUrl() : a.url, b: b.url }
    await using served = await serve({ backends: pair({}, urls), routes: [{ name: 'only', rules: [rule] }] })
    const answer = await fetch(served.url + chat, question)
    expect([answer.status, await answer.text()]).toEqual([200, '"b"'])
    expect(await served.report(1)).toMatchObject({ backend: 'b', attempts: [{ backend: 'a' }, { backend: 'b' }] })
  })

  test('reacts to what it is told to', async () => {
    await using a = await startUpstream(failure(503))
    await using b = await startUpstream()
    const backends = pair({ fallback: { backends: ['b'], on: ['connect-failure'] } }, { a: a.url, b: b.url })
    await using served = await serve({ backends, routes: [{ name: 'only', rules: [rule] }] })
    expect((await fetch(served.url)).status).toBe(503)
    expect(b.requests).toEqual([])
  })

  test('gives way to that of the rule, also where it is another backend', async () => {
    await using b = await startUpstream(json('b'))
    await using c = await startUpstream(json('c'))
    const backends = [...pair({}, { a: await refusingUrl(), b: b.url }), { name: 'c', endpoints: [c.url] }]
    const rules = [{ ...rule, fallback: { backends: ['c'] } }]
    await using served = await serve({ backends, routes: [{ name: 'only', rules }] })
    expect(await (await fetch(served.url)).text()).toBe('"c"')
    expect(b.requests).toEqual([])
  })

  test('is that of the share that was chosen', async () => {
    await using b = await startUpstream(json('b'))
    const away = await refusingUrl()
    const backends = [...pair({}, { a: away, b: b.url }), { name: 'alone', endpoints: [away] }]
    const rules = [{ backends: [{ backend: 'a' }, { backend: 'alone' }] }]
    await using served = await serve({ backends, routes: [{ name: 'only', rules }] })
    expect(await statuses(served.url, 4)).toEqual({ 200: 2, 502: 2 })
  })
})

describe('secrets given beside the config', () => {
  const reference = { secret: 'prod/openai/key', prefix: 'Bearer ' }
  const withKey = (url: string): Omit<GatewayConfigInput, 'version'> => ({
    ...oneRoute({}, { backends: [{ backend: 'a' }] }),
    backends: [{ name: 'a', endpoints: [url], headers: [{ name: 'authorization', value: reference }] }],
  })
  const secrets = (key: string): ReadonlyMap<string, string> => new Map([['prod/openai/key', key]])

  test('are sent, replaced by an update, and never shown', async () => {
    await using upstream = await startUpstream()
    await using served = await serve(withKey(upstream.url), { secrets: secrets('k-one') })
    await fetch(served.url)
    served.gate.update({ version: 1, ...withKey(upstream.url) }, { secrets: secrets('k-two') })
    await fetch(served.url)
    // Without new ones those in force go on.
    served.gate.update({ version: 1, ...withKey(upstream.url) })
    await fetch(served.url)
    const sent = upstream.requests.map((request) => request.header('authorization'))
    expect(sent).toEqual(['Bearer k-one', 'Bearer k-two', 'Bearer k-two'])
    expect(JSON.stringify(served.gate.config)).not.toContain('k-')
    expect(served.gate.config.backends[0]?.headers?.[0]?.value).toEqual(reference)
  })

  test('that are not there stop the build, and an update changes nothing', async () => {
    await using upstream = await startUpstream()
    const build = (): Gateway => new Gateway({ version: 1, ...withKey(upstream.url) })
    expect(build).toThrow(/backend "a", header authorization: the secret prod\/openai\/key is not among/)
    expect(build).toThrow(GatewayError)
    await using served = await serve(withKey(upstream.url), { secrets: secrets('k-one') })
    const update = (): void => served.gate.update({ version: 1, ...withKey(upstream.url) }, { secrets: new Map() })
    expect(update).toThrow(expect.objectContaining({ code: 'HEADGATE_SECRET' }))
    await fetch(served.url)
    expect((await upstream.request(1)).header('authorization')).toBe('Bearer k-one')
  })
})
