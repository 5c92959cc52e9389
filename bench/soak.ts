/**
 * Mixed faults on both sides of one gateway, seeded: `pnpm soak --requests 100000 --connections 32 --seed 1`. Fails when the gateway
 * ends, when a count does not come back to 0, when a broken reply looks whole, when a request reaches backends more often than its
 * policy allows, or when memory grows.
 */
import { parseArgs } from 'node:util'
import { openRemote } from './soak/remote.ts'
import { soak } from './soak/run.ts'

const mebibyte = 1024 * 1024
const mostPeak = 400 * mebibyte
const mostGrowth = 96 * mebibyte

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '100000' },
    connections: { type: 'string', default: '32' },
    seed: { type: 'string', default: '1' },
  },
})
const began = performance.now()
const settings = {
  requests: Number(values.requests),
  connections: Number(values.connections),
  seed: Number(values.seed),
}
const { seen, deliveries, rssBytes, held, problems } = await soak(settings, openRemote)

const peak = Math.max(...rssBytes)
const half = rssBytes.slice(Math.floor(rssBytes.length / 2))
const growth = Math.max(...half) - (half[0] ?? 0)
const failures = [
  ...problems.slice(0, 20),
  ...Object.entries(held).flatMap(([name, count]) => (count === 0 ? [] : [`${name} is ${count} at the end`])),
  ...(peak > mostPeak ? [`resident memory reached ${peak} bytes`] : []),
  ...(growth > mostGrowth ? [`resident memory grew by ${growth} bytes in the second half`] : []),
]
const inMebibytes = (bytes: number): string => `${(bytes / mebibyte).toFixed(0)} MiB`
console.log(`${settings.requests} requests on ${settings.connections} connections, seed ${settings.seed}`)
console.log(`  ${((performance.now() - began) / 1000).toFixed(1)} s, ${deliveries} deliveries`)
console.log(
  `  callers saw ${Object.entries(seen)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ')}`,
)
console.log(`  resident memory ${inMebibytes(peak)} at its peak, ${inMebibytes(growth)} more in the second half`)
for (const failure of failures) console.log(`  FAILED: ${failure}`)
if (problems.length > 20) console.log(`  and ${problems.length - 20} more`)
process.exitCode = failures.length > 0 ? 1 : 0
