/** Outlier detection over real sockets: who is taken out, what callers get meanwhile, and what a reload keeps. */

import { describe, expect, test } from 'vitest'
import { failure, json, refusingUrl, reset, startUpstream, steps, wholeRequest } from '@headgate/testing'
import type { Script } from '@headgate/testing'
import { endpointOf, until } from './endpoints.ts'
import { chat, oneRoute, question, serve } from './serve.ts'
import type { Served } from './serve.ts'

type Backend = NonNullable<Parameters<typeof serve>[0]['backends']>[number]

const detection = { consecutive5xx: 2, interval: '1h', baseEjectionTime: '1h', maxEjectionPercent: 50 } as const

function route(
  endpoints: readonly string[],
  fields: Omit<Backend, 'name' | 'endpoints'> = {},
): Parameters<typeof serve>[0] {
  const backend: Backend = { name: 'a', endpoints, outlierDetection: detection, ...fields }
  return { ...oneRoute({}, { backends: [{ backend: 'a' }] }), backends: [backend] }
}

async function ask(served: Served, times: number): Promise<number[]> {
  const statuses: number[] = []
  for (let time = 0; time < times; time++) statuses.push((await fetch(served.url + chat, question)).status)
  return statuses
}

describe('an endpoint is taken out', () => {
  test.for<[string, Script, number]>([
    ['5xx', failure(503), 503],
    ['resets', steps(wholeRequest, reset), 502],
    ['replies that are none', steps(wholeRequest, 'nonsense\r\n\r\n'), 502],
  ])('after %s in a row', async ([, script, status]) => {
    await using bad = await startUpstream(script)
    await using good = await startUpstream(json({}))
    await using served = await serve(route([bad.url, good.url]))
    expect(await ask(served, 6)).toEqual([status, 200, status, 200, 200, 200])
    expect(bad.requests).toHaveLength(2)
    expect(endpointOf(served.gate, bad.url).ejected).toBe(true)
    expect(served.gate.backends()[0]).toMatchObject({ ejections: 1, panicking: false })
  })

  test('after refused connections, and nobody notices', async () => {
    await using good = await startUpstream(json({}))
    const url = await refusingUrl()
    await using served = await serve(route([url, good.url]))
    expect(await ask(served, 6)).toEqual([200, 200, 200, 200, 200, 200])
    const outcomes = served.reports.flatMap(({ attempts }) => attempts.map(({ outcome }) => outcome))
    expect(outcomes.filter((outcome) => outcome === 'connect-failure')).toHaveLength(2)
    expect(endpointOf(served.gate, url).ejected).toBe(true)
  })

  test('not after other failures: 4xx, 429, and successes between', async () => {
    await using mixed = await startUpstream([
      failure(503),
      json({}),
      failure(503),
      failure(429),
      failure(503),
      failure(404),
    ])
    await using good = await startUpstream(json({}))
    await using served = await serve(route([mixed.url, good.url]))
    await ask(served, 12)
    expect(mixed.requests).toHaveLength(6)
    expect(endpointOf(served.gate, mixed.url).ejected).toBe(false)
  })

  test('not above the percentage: a lone one never', async () => {
    await using bad = await startUpstream(failure(503))
    await using served = await serve(route([bad.url]))
    // The warning that it never ejects is meant.
    expect(await ask(served, 5)).toEqual([503, 503, 503, 503, 503])
    expect(served.gate.backends()[0]).toMatchObject({ ejections: 0, overflows: { ejections: 2 } })
  })
})

test('it comes back when its time is over, and is told both ways', async () => {
  await using bad = await startUpstream([failure(503), failure(503), json({})])
  await using good = await startUpstream(json({}))
  const outlierDetection = { ...detection, interval: 1, baseEjectionTime: 1 }
  await using served = await serve(route([bad.url, good.url], { outlierDetection }))
  const told: string[] = []
  served.gate.on('endpoint-ejected', ({ backend, endpoint, forMs }) => told.push(`${backend} ${endpoint} ${forMs}`))
  served.gate.on('endpoint-restored', ({ backend, endpoint }) => told.push(`${backend} ${endpoint}`))
  while (told.length === 0) await ask(served, 1)
  await until(() => !(endpointOf(served.gate, bad.url).ejected ?? true))
  expect(told).toEqual([`a ${bad.url} 1`, `a ${bad.url}`])
  expect(await ask(served, 2)).toEqual([200, 200])
  expect(bad.requests).toHaveLength(3)
})

test('an ejection lives on over a reload in another order, and ends with its settings', async () => {
  await using bad = await startUpstream(failure(503))
  await using good = await startUpstream(json({}))
  await using served = await serve(route([bad.url, good.url]))
  await ask(served, 4)
  served.gate.update({ version: 1, ...route([good.url, bad.url]) })
  expect(endpointOf(served.gate, bad.url).ejected).toBe(true)
  expect(await ask(served, 4)).toEqual([200, 200, 200, 200])
  served.gate.update({
    version: 1,
    ...route([good.url, bad.url], { outlierDetection: { ...detection, consecutive5xx: 9 } }),
  })
  expect(endpointOf(served.gate, bad.url).ejected).toBe(false)
  expect((await ask(served, 2)).toSorted((one, other) => one - other)).toEqual([200, 503])
})

test('with a fallback nobody panics: an ejected backend makes room', async () => {
  await using bad = await startUpstream(failure(503))
  await using other = await startUpstream(json({ from: 'b' }))
  const outlierDetection = { ...detection, maxEjectionPercent: 100 }
  const backends = [
    { name: 'a', endpoints: [bad.url], outlierDetection },
    { name: 'b', endpoints: [other.url] },
  ]
  const rule = { backends: [{ backend: 'a' }], fallback: { backends: ['b'], on: ['connect-failure' as const] } }
  await using served = await serve({ backends, routes: [{ name: 'only', rules: [rule] }] })
  expect(await ask(served, 4)).toEqual([503, 503, 200, 200])
  expect(bad.requests).toHaveLength(2)
})
