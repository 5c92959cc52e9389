/** What does a retry policy cost a call? headgate's loop, its decision and its ledger beside p-retry, cockatiel and undici. */
import { RetryBudget, decide, retrying } from '@headgate/retry'
import { handleAll, retry as cockatielRetry } from 'cockatiel'
import pRetry from 'p-retry'
import { RetryAgent } from 'undici'
import type { Dispatcher } from 'undici'
import { decider } from './decision/decide.ts'
import type { Goal } from './goals.ts'
import { compare } from './harness.ts'
import type { Contestant, Settings, Table } from './harness.ts'
import { CountingHandler, StubDispatcher } from './retry/stub.ts'

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

const ledgerRow = "headgate's ledger and budget"

/** Around a call that is carried by a dispatcher and succeeds. */
function dispatched(ledgerOnly: () => string): Call[] {
  const stub = new StubDispatcher()
  const agent = new RetryAgent(stub as unknown as Dispatcher)
  const options = {
    origin: 'http://127.0.0.1',
    path: '/v1/chat/completions',
    method: 'POST',
    body: Buffer.alloc(1024),
  } as const
  const call = (dispatcher: Pick<Dispatcher, 'dispatch'>): string | undefined => {
    const handler = new CountingHandler()
    dispatcher.dispatch(options, handler)
    return handler.bytes === 1024 ? 'answer' : undefined
  }
  return [
    { name: ledgerRow, call: () => (ledgerOnly() === '' ? undefined : 'answer') },
    { name: 'undici RetryAgent', call: () => call(agent) },
    { name: 'no retry, only the dispatch', call: () => call(stub) },
  ]
}

const goals: readonly Goal[] = [{ row: '@headgate/retry', peer: 'cockatiel', most: 0.35 }]
const ledgerGoals: readonly Goal[] = [
  { row: ledgerRow, peer: 'undici RetryAgent', base: 'no retry, only the dispatch', most: 0.15 },
]

export async function retry(settings: Settings): Promise<Table[]> {
  const items = [undefined]
  const absent = ['cockatiel: always waits by a timer, at least 1 ms']
  const { requests, ledgerOnly, close } = await decider(1, 1)
  const contestants = dispatched(() => ledgerOnly(requests[0]!))
  const tables = [
    await compare({ title: 'success at the first try', items, check, contestants: succeeding(), goals }, settings),
    await compare({ title: 'success at the third try', items, check, contestants: repeating(), absent }, settings),
    await compare({ title: 'in a dispatcher, success', items, check, contestants, goals: ledgerGoals }, settings),
  ]
  await close()
  return tables
}
