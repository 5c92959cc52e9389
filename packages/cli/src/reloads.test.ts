import { expect, test } from 'vitest'
import { Reloads } from './reloads.ts'

/** Reloads that a test ends one by one. */
function scripted(): { reloads: Reloads; calls: boolean[]; end: () => Promise<void> } {
  const calls: boolean[] = []
  let open: PromiseWithResolvers<void> | undefined
  const reloads = new Reloads((always) => {
    calls.push(always)
    open = Promise.withResolvers<void>()
    return open.promise
  })
  const end = async (): Promise<void> => {
    open?.resolve()
    // One turn of the event loop lets the next reload begin.
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { reloads, calls, end }
}

test('a request starts a reload', () => {
  const { reloads, calls } = scripted()
  reloads.request(false)
  expect(calls).toEqual([false])
})

test('all requests during a reload are one reload after it', async () => {
  const { reloads, calls, end } = scripted()
  reloads.request(true)
  reloads.request(false)
  reloads.request(false)
  expect(calls).toEqual([true])
  await end()
  expect(calls).toEqual([true, false])
  await end()
  await reloads.settled()
  expect(calls).toHaveLength(2)
})

test('one that must happen is not weakened by one that may', async () => {
  const { reloads, calls, end } = scripted()
  reloads.request(false)
  reloads.request(true)
  reloads.request(false)
  await end()
  expect(calls).toEqual([false, true])
})

test('after the last one the next request starts again', async () => {
  const { reloads, calls, end } = scripted()
  reloads.request(false)
  await end()
  await reloads.settled()
  reloads.request(true)
  expect(calls).toEqual([false, true])
})
