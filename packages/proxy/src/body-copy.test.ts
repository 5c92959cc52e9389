import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { copySource } from './body-copy.ts'
import { BodyBudget } from './body-budget.ts'

interface Copied {
  readonly source: PassThrough
  readonly budget: BodyBudget
  readonly done: Promise<{ readonly text: string | undefined; readonly giveBack: () => void }>
}

function copy(length: number | undefined, maxBytes = 8, left = 8): Copied {
  const source = new PassThrough()
  const budget = new BodyBudget(left)
  source.on('error', () => {}).pause()
  const done = new Promise<Awaited<Copied['done']>>((resolve) => {
    copySource(source, length, maxBytes, budget, (bytes, giveBack) => resolve({ text: bytes?.toString(), giveBack }))
  })
  source.resume()
  return { source, budget, done }
}

test('what was read is handed over at the end, and counts until it is given back, once', async () => {
  const { source, budget, done } = copy(undefined)
  source.write('ab')
  source.end('cd')
  const { text, giveBack } = await done
  expect([text, budget.used]).toEqual(['abcd', 4])
  giveBack()
  giveBack()
  expect(budget.used).toBe(0)
})

test.for<[string, Parameters<typeof copy>, (source: PassThrough) => void]>([
  ['more than the most', [undefined, 3], (source) => source.end('abcd')],
  ['announced to be more', [9], () => {}],
  ['more than the budget has left', [undefined, 8, 3], (source) => source.end('abcd')],
  ['shorter than announced', [5], (source) => source.end('abcd')],
  ['broken by an error', [undefined], (source) => source.destroy(new Error('broken'))],
  ['closed before its end', [undefined], (source) => source.destroy()],
])('a body that is %s is not handed over, and counts no more', async ([, options, act]) => {
  const { source, budget, done } = copy(...options)
  act(source)
  expect([(await done).text, budget.used]).toEqual([undefined, 0])
  expect(source.listenerCount('data')).toBe(0)
})

test('no body is none', async () => {
  const found = new Promise((resolve) => copySource(null, undefined, 8, undefined, resolve))
  expect(await found).toBeUndefined()
})
