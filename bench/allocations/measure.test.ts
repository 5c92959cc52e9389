/** Metrics that nobody reads cost no garbage. `pnpm allocations` prints more of the same. */
import { expect, test } from 'vitest'
import { Program } from '../proxy/program.ts'
import { median } from '../report/statistics.ts'
import { allocations } from './measure.ts'

Program.execArgv = ['--conditions=@headgate/source']

/** Less than the smallest thing that there is on the heap: a boxed number, or an object without fields. */
const leastThing = 8

test('a call that is measured allocates what one does that is not', { timeout: 120_000 }, async () => {
  const gateways = [
    ['off', 'unmeasured'],
    ['on', 'policies'],
  ] as const
  const bytes = await allocations({
    gateways,
    rounds: 3,
    calls: 2000,
    connections: 8,
    ask: 'chat',
    warmUp: 8000,
  })
  const [off = [], on = []] = bytes.values()
  const figures = {
    off: median(off.map(({ headgate }) => headgate)),
    on: median(on.map(({ headgate }) => headgate)),
    meters: median(on.map(({ meters }) => meters)),
  }
  console.log(`bytes that headgate allocates for a call: ${JSON.stringify(figures)}`)
  // What is sampled is what it is about.
  expect(figures.off).toBeGreaterThan(1000)
  expect(figures.meters).toBeLessThan(leastThing)
  // What V8 inlines differs from process to process: that alone is 5 %. A report that nobody asked for is much more.
  expect(figures.on).toBeLessThan(figures.off * 1.1)
})
