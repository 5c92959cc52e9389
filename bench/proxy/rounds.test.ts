/** The whole of a comparison, as short as can be. What it measures is not looked at, but for being there. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { bare, own } from './contestants.ts'
import type { Contestant } from './contestants.ts'
import { Program } from './program.ts'
import { measureRounds, openRing } from './rounds.ts'
import type { AskName } from './traffic.ts'

Program.execArgv = ['--conditions=@headgate/source']

const broken: Contestant = { name: 'broken', server: 'nobody' }
const deaf: Contestant = { name: 'deaf', server: 'bare', shape: () => ({ fields: ['expect: 200-ok'] }) }

afterEach(() => Program.stopAll())

async function compared(ask: AskName, contestants: readonly Contestant[]): ReturnType<typeof measureRounds> {
  const work = { name: 'short', title: 'short', ask, connections: 4, calls: 12 }
  return await measureRounds(await openRing(contestants, ask), work, 3, 100)
}

describe('a comparison of proxies', () => {
  test('has a figure of every round for each of them', { timeout: 60_000 }, async () => {
    const { rows, absent } = await compared('chat', [bare, ...own])
    expect(absent).toEqual([])
    expect(rows.map(({ name }) => name)).toEqual([bare, ...own].map(({ name }) => name))
    for (const { samples } of rows) {
      expect(Object.keys(samples)).toEqual(['cpu', 'rate', 'p50', 'p99'])
      for (const values of Object.values(samples)) expect(values.filter((value) => value > 0)).toHaveLength(3)
    }
  })

  test('has the delay of events of a paced stream', { timeout: 60_000 }, async () => {
    const { rows } = await compared('paced-5', [bare])
    expect(Object.keys(rows[0]?.samples ?? {})).toEqual(['cpu', 'first50', 'event50', 'event99'])
  })

  test(
    "takes a user's own config, with its endpoints replaced, and the path and fields of its routes",
    { timeout: 60_000 },
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'headgate-bench-'))
      const file = join(folder, 'gate.json')
      const matches = [{ path: { type: 'PathPrefix', value: '/llm' }, headers: [{ name: 'x-a', value: 'b' }] }]
      const backends = [
        { name: 'a', endpoints: ['https://10.0.0.1', 'https://10.0.0.2'], healthCheck: { path: '/up' } },
      ]
      const routes = [{ name: 'r', rules: [{ matches, backends: [{ backend: 'a' }] }] }]
      writeFileSync(file, JSON.stringify({ version: 1, backends, routes }))
      const yours: Contestant = { name: 'yours', server: 'own-config', option: file }
      const ring = await openRing([yours], 'chat', { extra: { path: '/llm/chat', fields: ['x-a: b'] } })
      rmSync(folder, { recursive: true })
      expect(ring.absent).toEqual([])
    },
  )

  test('names those that do not start or do not give the reply that is due', { timeout: 60_000 }, async () => {
    const { rows, absent } = await compared('chat', [bare, broken, deaf])
    expect(rows.map(({ name }) => name)).toEqual(['bare'])
    expect(absent).toEqual([
      { name: 'broken', reason: expect.stringContaining('no proxy is called nobody') },
      { name: 'deaf', reason: expect.stringContaining('417') },
    ])
  })
})
