/** What does a circuit breaker cost a call? headgate's, as a gateway uses it and around a promise, beside cockatiel and opossum. */
import { Breaker, guard } from '@headgate/breaker'
import { ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel'
import Opossum from 'opossum'
import type { Goal } from './goals.ts'
import { compare } from './harness.ts'
import type { Contestant, Settings, Table } from './harness.ts'

type Call = Contestant<undefined, unknown>

const failures = 5
const openMs = 3_600_000
const answer = Promise.resolve('answer')
const task = (): Promise<string> => answer
const refusal = 'refused'
const failing = (): Promise<string> => Promise.reject(new Error('down'))

/** Every wrapper gives the answer of the task. */
async function checkAnswers({ name, call }: Call): Promise<void> {
  for (let count = 0; count < 100; count++) {
    const got = await call(undefined)
    if (got !== 'answer') throw new Error(`${name} gives ${String(got)}`)
  }
}

async function checkRefusals({ name, call }: Call): Promise<void> {
  const got = await call(undefined)
  if (got !== refusal) throw new Error(`${name} gives ${String(got)} although it is open`)
}

function closed(opossum: Opossum<string>): Call[] {
  const inside = new Breaker({ failures, openMs })
  const wrapped = new Breaker({ failures, openMs })
  const policy = circuitBreaker(handleAll, { halfOpenAfter: openMs, breaker: new ConsecutiveBreaker(failures) })
  let now = 0
  return [
    {
      name: '@headgate/breaker admit and settle',
      call: () => {
        const permit = inside.admit(++now)
        inside.settle(permit, 'success', now)
        return permit === 0 ? refusal : 'answer'
      },
    },
    { name: '@headgate/breaker guard', awaited: true, call: () => guard(wrapped, task) },
    { name: 'cockatiel', awaited: true, call: () => policy.execute(task) },
    { name: 'opossum', awaited: true, call: () => opossum.fire() },
    { name: 'no breaker, only the promise', awaited: true, call: task },
  ]
}

/** Breakers that have been opened by failures, except opossum's, which is opened by name. */
async function opened(opossum: Opossum<string>): Promise<Call[]> {
  const inside = new Breaker({ failures, openMs })
  const wrapped = new Breaker({ failures, openMs })
  const policy = circuitBreaker(handleAll, { halfOpenAfter: openMs, breaker: new ConsecutiveBreaker(failures) })
  for (let count = 0; count < failures; count++) {
    inside.settle(inside.admit(0), 'failure', 0)
    await guard(wrapped, failing).catch(() => {})
    await policy.execute(failing).catch(() => {})
  }
  opossum.open()
  const refused = (): string => refusal
  return [
    { name: '@headgate/breaker admit', call: () => (inside.admit(1) === 0 ? refusal : 'answer') },
    { name: '@headgate/breaker guard', awaited: true, call: () => guard(wrapped, task).catch(refused) },
    { name: 'cockatiel', awaited: true, call: () => policy.execute(task).catch(refused) },
    { name: 'opossum', awaited: true, call: () => opossum.fire().catch(refused) },
  ]
}

const goals: readonly Goal[] = [
  { row: '@headgate/breaker admit and settle', peer: 'cockatiel', base: 'no breaker, only the promise', most: 0.05 },
  { row: '@headgate/breaker guard', peer: 'cockatiel', most: 0.65 },
]

export async function breaker(settings: Settings): Promise<Table[]> {
  const options = { timeout: false, resetTimeout: openMs, volumeThreshold: failures } as const
  const healthy = new Opossum<string>(task, options)
  const broken = new Opossum<string>(task, options)
  try {
    const items = [undefined]
    return [
      await compare(
        { title: 'closed, the call succeeds', items, check: checkAnswers, contestants: closed(healthy), goals },
        settings,
      ),
      await compare(
        { title: 'open, the call is refused', items, check: checkRefusals, contestants: await opened(broken) },
        settings,
      ),
    ]
  } finally {
    healthy.shutdown()
    broken.shutdown()
  }
}
