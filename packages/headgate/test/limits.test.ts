/** Limits at the rim: who is refused, what the refusal says, and that nothing else is charged. */

import { expect, test } from 'vitest'
import { startUpstream } from '@headgate/testing'
import { gateway } from 'headgate'
import { chat, oneRoute, question, serve } from './serve.ts'

const slow = { tokens: 2, every: '1h' as const }

test('a tenant above its limit gets 429 with Retry-After; others, and callers without the header, pass', async () => {
  await using upstream = await startUpstream()
  const limits = [{ name: 'tenant', per: { header: 'X-Tenant-Id' }, ...slow }]
  await using served = await serve(oneRoute({ a: upstream.url }, { limits: ['tenant'] }, { limits }))
  const ask = (tenant?: string): Promise<Response> =>
    fetch(served.url + chat, { ...question, headers: tenant === undefined ? {} : { 'x-tenant-id': tenant } })
  const statuses = [await ask('t'), await ask('t'), await ask('t'), await ask('other'), await ask()].map(
    ({ status }) => status,
  )
  expect(statuses).toEqual([200, 200, 429, 200, 200])
  const refused = await ask('t')
  expect(refused.headers.get('x-headgate-error')).toBe('rate_limited')
  const seconds = Number(refused.headers.get('retry-after'))
  expect(seconds).toBeGreaterThan(1790)
  expect(seconds).toBeLessThanOrEqual(1800)
  expect(await refused.json()).toMatchObject({
    error: { code: 'rate_limited', type: expect.stringContaining('rate_limit') },
  })
  expect(upstream.requests).toHaveLength(4)
})

test('all buckets are charged or none', async () => {
  await using upstream = await startUpstream()
  const limits = [
    { name: 'wide', tokens: 3, every: '1h' as const },
    { name: 'narrow', per: { header: 'x-tenant-id' }, tokens: 1, every: '1h' as const },
  ]
  await using served = await serve(oneRoute({ a: upstream.url }, { limits: ['wide', 'narrow'] }, { limits }))
  const ask = async (tenant: string): Promise<number> =>
    (await fetch(served.url, { headers: { 'x-tenant-id': tenant } })).status
  expect([await ask('a'), await ask('a'), await ask('a'), await ask('a')]).toEqual([200, 429, 429, 429])
  // The refusals above took nothing from the wide bucket.
  expect([await ask('b'), await ask('c'), await ask('d')]).toEqual([200, 200, 429])
})

test('a limit keyed by a function', async () => {
  await using upstream = await startUpstream()
  const limits = [{ name: 'key', per: { key: 'user' }, tokens: 1, every: '1h' as const }]
  await using served = await serve(oneRoute({ a: upstream.url }, { limits: ['key'] }, { limits }), {
    keys: { user: (request) => /^Bearer (\w+)/.exec(request.header('authorization') ?? '')?.[1] },
  })
  const ask = async (token: string): Promise<number> =>
    (await fetch(served.url, { headers: { authorization: `Bearer ${token}` } })).status
  expect([await ask('x'), await ask('x'), await ask('y')]).toEqual([200, 429, 200])
})

test('a key function that throws fails its request alone', async () => {
  await using upstream = await startUpstream()
  const limits = [{ name: 'key', per: { key: 'user' }, tokens: 9, every: '1h' as const }]
  await using served = await serve(oneRoute({ a: upstream.url }, { limits: ['key'] }, { limits }), {
    keys: {
      user(request) {
        if (request.path === '/bad') throw new Error('secret detail')
        return 'u'
      },
    },
  })
  const warnings: string[] = []
  served.gate.on('warning', ({ code }) => warnings.push(code))
  const [bad, good] = await Promise.all([fetch(`${served.url}/bad`), fetch(`${served.url}/good`)])
  expect([bad.status, good.status]).toEqual([500, 200])
  expect(await bad.text()).not.toContain('secret detail')
  expect(warnings).toEqual(['hook_threw'])
})

test('a key function that is not registered stops the build, with the cure', () => {
  const build = (): unknown =>
    gateway('g')
      .pool('p', { a: 'http://127.0.0.1:1' })
      .limit({ per: { key: 'user' }, tokens: 1, every: '1s' })
      .route('r', (route) => route.to('a'))
      .build()
  expect(build).toThrow(/"user".*\.key\('user'/)
})
