/**
 * What does a gateway cost in the path of a call? headgate with and without policies beside other proxies for Node, all against
 * `bare`, the least that a proxy can do. What is compared is the processor time of the proxy's process, which depends far less on
 * what else the machine does than the rate of calls.
 *
 * Proxies, upstream and callers are processes of their own. Every round gives each proxy the same number of calls, in an order that
 * rotates; a ratio is that of one proxy to `bare` in the same round. A second `bare` shows how far equal things lie apart.
 */
import { median } from './harness.ts'
import type { Row, Settings, Table } from './harness.ts'
import { Program } from './proxy/program.ts'
import { medianBounds } from './proxy/statistics.ts'
import { eventsPerStream } from './proxy/traffic.ts'

/** What one proxy does in one round. */
interface Work {
  readonly connections: number
  readonly calls: number
  readonly stream: boolean
  /** What the figures are for: a call, or one event of a stream. */
  readonly unitsPerCall: number
}

const chats: Work = { connections: 32, calls: 4000, stream: false, unitsPerCall: 1 }
const streams: Work = { connections: 50, calls: 100, stream: true, unitsPerCall: eventsPerStream }

/** By name in the table; the program's name as `serve.ts` knows it. */
const contestants: readonly (readonly [name: string, server: string])[] = [
  ['bare', 'bare'],
  ['bare, a second time', 'bare'],
  ['headgate, one route', 'plain'],
  ['headgate, 100 routes and every policy', 'policies'],
  ['the same, measured', 'measured'],
  ['@fastify/http-proxy', 'fastify'],
  ['http-proxy-3', 'http-proxy-3'],
  ['httpxy', 'httpxy'],
]

/** Of one proxy in one round. */
interface Sample {
  readonly cpuNs: number
  /** From one reply to the next. */
  readonly elapsedNs: number
}

interface ProxyRow extends Row {
  /** Ratio to `bare` in each round. */
  readonly ratios: readonly number[]
}

async function measure(proxy: Program, load: Program, work: Work): Promise<Sample> {
  const { connections, calls, stream, unitsPerCall } = work
  await load.ask({ kind: 'connect', port: proxy.port, connections })
  // The connections to the upstream, which may have been closed since the last round, are opened before the clock starts.
  await load.ask({ kind: 'call', calls: connections * 4, stream: false })
  const before = await proxy.cpuMicros()
  const elapsedMs = Number(await load.ask({ kind: 'call', calls, stream }))
  const after = await proxy.cpuMicros()
  await load.ask({ kind: 'disconnect' })
  const units = calls * unitsPerCall
  return {
    cpuNs: ((after - before) * 1e3) / units,
    elapsedNs: (elapsedMs * 1e6) / units,
  }
}

/** Samples by proxy, in the order of the rounds. */
async function measureAll(
  proxies: readonly Program[],
  load: Program,
  work: Work,
  rounds: number,
): Promise<Map<Program, Sample[]>> {
  const samples = new Map<Program, Sample[]>(proxies.map((proxy) => [proxy, []]))
  for (const proxy of proxies) await measure(proxy, load, work)
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < proxies.length; turn++) {
      const proxy = proxies[(round + turn) % proxies.length]
      if (proxy !== undefined) samples.get(proxy)?.push(await measure(proxy, load, work))
    }
  }
  return samples
}

function tableOf(title: string, samples: ReadonlyMap<Program, readonly Sample[]>, figure: keyof Sample): Table {
  const [first = []] = samples.values()
  const rows = [...samples].map(([{ name }, own]): ProxyRow => {
    const ratios = own.map((sample, round) => sample[figure] / (first[round]?.[figure] ?? Number.NaN))
    const [lowest, highest] = medianBounds(ratios)
    return {
      name,
      nsPerCall: median(own.map((sample) => sample[figure])),
      ratio: median(ratios),
      lowest,
      highest,
      ratios,
    }
  })
  return { title, rows, absent: [] }
}

/** `rounds` counts; a round takes as long as its calls. */
export async function proxy({ rounds }: Settings): Promise<Table[]> {
  try {
    const upstream = await Program.start('upstream', new URL('proxy/upstream.ts', import.meta.url))
    const load = await Program.start('load', new URL('proxy/load.ts', import.meta.url))
    const origin = `http://127.0.0.1:${upstream.port}`
    const proxies = await Promise.all(
      contestants.map(([name, server]) =>
        Program.start(name, new URL('proxy/serve.ts', import.meta.url), server, origin),
      ),
    )
    const called = await measureAll(proxies, load, chats, rounds)
    const streamed = await measureAll(proxies, load, streams, rounds)
    const beside = 'in brackets the 95 % bounds of the median'
    return [
      tableOf(`a small JSON call, 32 at once: processor time of the proxy (${beside})`, called, 'cpuNs'),
      tableOf('the same: time from one reply to the next, all processes on this machine', called, 'elapsedNs'),
      tableOf(`an event, 50 streams at once: processor time of the proxy (${beside})`, streamed, 'cpuNs'),
    ]
  } finally {
    await Program.stopAll()
  }
}
