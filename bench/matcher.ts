/** How long does it take to find the route of a request? headgate's matcher beside routers by path. */
import { verdict } from './goals.ts'
import type { Goal } from './goals.ts'
import { median } from './report/statistics.ts'
import { compare } from './harness.ts'
import type { Contestant, Settings, Table } from './harness.ts'
import * as matchers from './matcher/matchers.ts'
import type { Find } from './matcher/matchers.ts'
import { byHeader, byHostPathAndHeader, byModel, byPath } from './matcher/requests.ts'
import type { BenchRequest, BenchRoute, Work } from './matcher/requests.ts'

type Make = (routes: readonly BenchRoute[]) => Find

const byPathAlone: readonly [name: string, make: Make][] = [
  ['@headgate/matcher', matchers.headgate],
  ['find-my-way', matchers.findMyWayChain],
  ['hono SmartRouter', matchers.honoSmart],
  ['hono TrieRouter', matchers.honoTrie],
  ['rou3', matchers.rou3],
  ['rou3 compiled', matchers.rou3Compiled],
  ['memoirist', matchers.memoirist],
]

const withHeaders: readonly [name: string, make: Make][] = [
  ['@headgate/matcher', matchers.headgate],
  ['find-my-way constraint', matchers.findMyWayConstraint],
  ...byPathAlone.slice(1).map(([name, make]): [string, Make] => [`${name} + if-chain`, make]),
]

/** Without find-my-way's constraint, whose place the host would need as well. */
const withHosts: readonly [name: string, make: Make][] = [
  ...withHeaders.filter(([name]) => !name.endsWith('constraint')),
  ['memoirist for each host + if-chain', matchers.forEachHost(matchers.memoirist)],
]

/** The best of the routers that are not headgate's. */
const best = 'memoirist + if-chain'
/** Most of that router's time, by the number of routes. */
const goals: ReadonlyMap<number, number> = new Map([
  [3, 0.8],
  [100, 0.4],
  [1000, 0.15],
  [10_000, 0.06],
])

/** A router that takes longer than this to get ready is left out of that size, and named. */
const mostBuildMs = 1500

/** What the router is ready to do, or why it cannot take part. */
function prepare(name: string, make: Make, { routes, requests }: Work): Contestant<BenchRequest, number> | string {
  const began = performance.now()
  let call: Find
  try {
    call = make(routes)
  } catch (error) {
    return `${name}: ${error instanceof Error ? error.message : String(error)}`
  }
  // Some routers put the work off until the first request.
  const [first] = requests
  if (first) call(first)
  const tookMs = performance.now() - began
  return tookMs > mostBuildMs ? `${name}: ${Math.round(tookMs)} ms to get ready` : { name, call }
}

function run(
  title: string,
  work: Work,
  field: readonly [name: string, make: Make][],
  settings: Settings,
  most?: number,
): Promise<Table> {
  const goal: Goal[] = most === undefined ? [] : [{ row: '@headgate/matcher', peer: best, most }]
  const prepared = field.map(([name, make]) => prepare(name, make, work))
  const contestants = prepared.filter((one) => typeof one !== 'string')
  const absent = prepared.filter((one) => typeof one === 'string')
  const check = ({ name, call }: Contestant<BenchRequest, number>): void => {
    for (const [index, request] of work.requests.entries()) {
      const found = call(request)
      if (found === work.expected[index]) continue
      throw new Error(`${title}: ${name} finds ${found} for ${request.path}, expected ${work.expected[index]}`)
    }
  }
  return compare({ title, items: work.requests, check, contestants, absent, goals: goal }, settings)
}

/** How much longer it takes among 10,000 routes than among 10. */
function growth(few: Table, many: Table): Table {
  const timesOf = ({ rows }: Table): readonly number[] => rows[0]?.samples['ns'] ?? []
  const title = 'growth, by host, path and header'
  return {
    name: title,
    title,
    figures: [{ key: 'ns', title: 'time a call', unit: 'ns', against: 'ratio' }],
    rows: [
      { name: 'among 10 routes', samples: { ns: timesOf(few) } },
      { name: 'among 10,000', samples: { ns: timesOf(many) } },
    ],
    absent: [],
    verdicts: [verdict('time among 10,000 routes / among 10', median(timesOf(many)) / median(timesOf(few)), 6)],
  }
}

export async function matcher(settings: Settings): Promise<Table[]> {
  const tables: Table[] = []
  for (const count of [3, 100, 1000, 10_000]) {
    const routes = `${count.toLocaleString('en-US')} routes`
    tables.push(await run(`${routes}, each with a path of its own`, byPath(count), byPathAlone, settings))
    tables.push(await run(`${routes}, by path and header`, byHeader(count), withHeaders, settings))
  }
  const byHost = new Map<number, Table>()
  for (const count of [3, 10, 100, 1000, 10_000]) {
    const title = `${count.toLocaleString('en-US')} routes, by host, path and header`
    byHost.set(count, await run(title, byHostPathAndHeader(count), withHosts, settings, goals.get(count)))
  }
  const [few, many] = [byHost.get(10), byHost.get(10_000)]
  tables.push(...byHost.values())
  if (few !== undefined && many !== undefined) tables.push(growth(few, many))
  return [...tables, await run('one path with 1,000 models', byModel(1000, 1000), withHeaders, settings, 0.04)]
}
