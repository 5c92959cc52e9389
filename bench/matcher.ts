/** How long does it take to find the route of a request? headgate's matcher beside routers by path. */
import { compare } from './harness.ts'
import type { Contestant, Settings, Table } from './harness.ts'
import * as matchers from './matcher/matchers.ts'
import type { Find } from './matcher/matchers.ts'
import { byHeader, byPath } from './matcher/requests.ts'
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
): Promise<Table> {
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
  return compare({ title, items: work.requests, check, contestants, absent }, settings)
}

export async function matcher(settings: Settings): Promise<Table[]> {
  const tables: Table[] = []
  for (const count of [3, 100, 1000, 10_000]) {
    const routes = `${count.toLocaleString('en-US')} routes`
    tables.push(await run(`${routes}, each with a path of its own`, byPath(count), byPathAlone, settings))
    tables.push(await run(`${routes}, by path and header`, byHeader(count), withHeaders, settings))
  }
  return tables
}
