/** What does a retry policy cost a call? headgate's loop and its decision alone beside p-retry and cockatiel. */
import { RetryBudget, decide, retrying } from '@headgate/retry'
import { handleAll, retry as cockatielRetry } from 'cockatiel'
import pRetry from 'p-retry'
import { compare } from './harness.ts'
import type { Contestant, Settings, Table } from './harness.ts'

type Call = Contestant<undefined, unknown>

const retries = 2
const answer = Promise.resolve('answer')
const task = (): Promise<string> => answer
const down = new Error('down')

/** Fails twice and succeeds the third time, over and over. */
function failingTwice(): () => Promise<string> {
  let calls = 0
  return () => (++calls % 3 === 0 ? answer : Promise.reject(down))
}

async function check({ name, call }: Call): Promise<void> {
  for (let count = 0; count < 9; count++) {
    const got = await call(undefined)
    if (got !== 'answer') throw new Error(`${name} gives ${String(got)}`)
  }
}

function succeeding(): Call[] {
  const policy = cockatielRetry(handleAll, { maxAttempts: retries })
  return [
    { name: '@headgate/retry', awaited: true, call: () => retrying(task) },
    { name: 'cockatiel', awaited: true, call: () => policy.execute(task) },
    { name: 'p-retry', awaited: true, call: () => pRetry(task, { retries, minTimeout: 0 }) },
    { name: 'no retry, only the promise', awaited: true, call: task },
  ]
}

/** The waits are taken out where a library lets one, so that the machinery is what is timed. */
function repeating(): Call[] {
  const options = { retries, sleep: (): Promise<void> => Promise.resolve() }
  const ours = failingTwice()
  const theirs = failingTwice()
  const decision = { backoff: {}, budget: new RetryBudget(), random: () => 0.5 }
  let now = 0
  return [
    { name: '@headgate/retry', awaited: true, call: () => retrying(ours, options) },
    { name: 'p-retry', awaited: true, call: () => pRetry(theirs, { retries, minTimeout: 0 }) },
    {
      name: '@headgate/retry, two decisions without the loop',
      call: () => {
        decision.budget.request(++now)
        const first = decideOn(decision, 0, now)
        return first && decideOn(decision, 1, now) ? 'answer' : undefined
      },
    },
  ]
}

function decideOn(
  { backoff, budget, random }: { backoff: object; budget: RetryBudget; random: () => number },
  repeatsDone: number,
  now: number,
): boolean {
  const question = { repeatsDone, repeats: retries, retryable: true, replayable: true, floorMs: 0, deadline: Infinity }
  const { again } = decide({ ...question, now, backoff, random, budget })
  if (again) budget.refund(now)
  return again
}

export async function retry(settings: Settings): Promise<Table[]> {
  const items = [undefined]
  const absent = ['cockatiel: always waits by a timer, at least 1 ms']
  return [
    await compare({ title: 'success at the first try', items, check, contestants: succeeding() }, settings),
    await compare({ title: 'success at the third try', items, check, contestants: repeating(), absent }, settings),
  ]
}
