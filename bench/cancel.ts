/**
 * How soon a backend hears that its caller has left: `pnpm cancel --aborts 20000`. Callers leave while they upload, while they wait
 * for the head, for the first event, and in the middle of a stream; the gateway is a process of its own. Fails when a count does not
 * come back to 0 or a backend hears nothing. `pnpm bench:aborts` sets the times against those of other proxies.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { openAbortBackend, phases } from './aborts/backend.ts'
import type { Phase } from './aborts/backend.ts'
import { leaveAll } from './aborts/leave.ts'
import type { Departures } from './aborts/leave.ts'
import { quantile } from './report/statistics.ts'
import { openRemote } from './soak/remote.ts'

/** Longest wait for one backend to hear of it, and for the counts at the end. */
const patienceMs = 5000

const { values } = parseArgs({ options: { aborts: { type: 'string', default: '20000' } } })
const aborts = Number(values.aborts)
const phaseOf = (number: number): Phase => phases[number % phases.length] ?? 'uploading'
const backend = await openAbortBackend()
const gateway = await openRemote(backend.url, backend.url)

async function departures(url: string, count: number): Promise<Departures['times']> {
  const { times, unheard } = await leaveAll(backend, { url, path: '/once', phaseOf, count, patienceMs })
  const [phase] = unheard()
  if (phase !== undefined) throw new Error(`a backend heard nothing of a caller that left ${phase}`)
  return times
}

// The same callers without a gateway show what the machine itself takes just now.
const direct = await departures(backend.url, aborts / 10)
const times = await departures(gateway.url, aborts)
const until = performance.now() + patienceMs
let { held } = await gateway.state()
while (Object.values(held).some((count) => count !== 0) && performance.now() < until) {
  await pause(20)
  held = (await gateway.state()).held
}
console.log(`${aborts} callers left; ms until the backend saw its connection end`)
const rows = [
  ...times,
  ['all', [...times.values()].flat()],
  ['without a gateway', [...direct.values()].flat()],
] as const
for (const [name, all] of rows) {
  const sorted = all.toSorted((a, b) => a - b)
  const [median, most, last] = [0.5, 0.99, 1].map((share) => quantile(sorted, share).toFixed(2).padStart(7))
  console.log(`  ${name.padEnd(28)} median ${median}  p99 ${most}  longest ${last}`)
}
const left = Object.entries(held).filter(([, count]) => count !== 0)
for (const [name, count] of left) console.log(`  FAILED: ${name} is ${count} at the end`)
process.exitCode = left.length > 0 ? 1 : 0
await gateway.close()
backend.close()
