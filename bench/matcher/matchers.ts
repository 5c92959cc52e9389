/** Every matcher of the benchmark behind one function: a request in, the id of its route out, -1 for none. */
import { compile, match } from '@headgate/matcher'
import findMyWay from 'find-my-way'
import { RegExpRouter } from 'hono/router/reg-exp-router'
import { SmartRouter } from 'hono/router/smart-router'
import { TrieRouter } from 'hono/router/trie-router'
import { Memoirist } from 'memoirist'
import { addRoute, createRouter, findRoute } from 'rou3'
import { compileRouter } from 'rou3/compiler'
import type { BenchRequest, BenchRoute } from './requests.ts'

export type Find = (request: BenchRequest) => number

/** What a path alone leads to: the routes of that path, of which the first that meets the request wins. */
type Candidates = readonly BenchRoute[]
type FindPath = (request: BenchRequest) => Candidates | undefined

let loops = 0

/** The chain of comparisons that a router by path leaves to its user, one loop for each router. */
function withHeaderChain(findPath: FindPath): Find {
  const body = `return function find${++loops}(request) {
    const candidates = findPath(request)
    if (candidates === undefined) return -1
    for (let index = 0; index < candidates.length; index++) {
      const route = candidates[index]
      if (route.host !== undefined && route.host !== request.host) continue
      if (route.model === undefined || route.model === request.header('x-model-id')) return route.id
    }
    return -1
  }`
  // oxlint-disable-next-line typescript/no-implied-eval -- a loop of its own for each router, as in harness.ts
  return (new Function('findPath', body) as (find: FindPath) => Find)(findPath)
}

function groupByPath(routes: readonly BenchRoute[]): [path: string, prefix: boolean, candidates: Candidates][] {
  const groups = Map.groupBy(routes, ({ path }) => path)
  return [...groups].map(([path, group]) => [path, group[0]?.prefix ?? false, group])
}

export function headgate(routes: readonly BenchRoute[]): Find {
  const table = compile(
    routes.map(({ id, host, path, prefix, model }) => ({
      name: `route-${id}`,
      ...(host === undefined ? {} : { hostnames: [host] }),
      rules: [
        {
          matches: [
            {
              method: 'POST',
              path: { type: prefix ? 'PathPrefix' : 'Exact', value: path },
              ...(model === undefined ? {} : { headers: [{ name: 'x-model-id', value: model }] }),
            },
          ],
          value: id,
        },
      ],
    })),
  )
  return (request) => match(table, request)?.value ?? -1
}

/** What who needs hosts can do: a router for each host that there is. */
export function forEachHost(make: (routes: readonly BenchRoute[]) => Find): (routes: readonly BenchRoute[]) => Find {
  return (routes) => {
    const byHost = new Map([...Map.groupBy(routes, ({ host }) => host)].map(([host, own]) => [host, make(own)]))
    return (request) => byHost.get(request.host)?.(request) ?? -1
  }
}

export function findMyWayChain(routes: readonly BenchRoute[]): Find {
  const router = findMyWay({ caseSensitive: true })
  const nothing = (): void => {}
  for (const [path, prefix, candidates] of groupByPath(routes)) {
    router.on('POST', prefix ? `${path}/*` : path, nothing, candidates)
  }
  return withHeaderChain(({ method, path }) => router.find(method, path)?.store as Candidates | undefined)
}

/** find-my-way's own way of matching by header: a constraint that it keeps in a map. */
export function findMyWayConstraint(routes: readonly BenchRoute[]): Find {
  const strategy = {
    name: 'model',
    storage() {
      const handlers = new Map<string, findMyWay.Handler<findMyWay.HTTPVersion.V1>>()
      return {
        get: (value: string) => handlers.get(value) ?? null,
        set: (value: string, handler: findMyWay.Handler<findMyWay.HTTPVersion.V1>) => void handlers.set(value, handler),
      }
    },
    deriveConstraint: () => '',
  }
  const router = findMyWay({ caseSensitive: true, constraints: { model: strategy } })
  for (const { id, path, prefix, model } of routes) {
    router.on('POST', prefix ? `${path}/*` : path, { constraints: { model } }, () => {}, [id])
  }
  return (request) => {
    const found = router.find(request.method, request.path, { model: request.header('x-model-id') ?? '' })
    return (found?.store as [id: number] | undefined)?.[0] ?? -1
  }
}

function honoRouter(router: SmartRouter<Candidates> | TrieRouter<Candidates>, routes: readonly BenchRoute[]): Find {
  for (const [path, prefix, candidates] of groupByPath(routes)) {
    router.add('POST', prefix ? `${path}/*` : path, candidates)
  }
  return withHeaderChain(({ method, path }) => router.match(method, path)[0][0]?.[0])
}

/** Hono's default. */
export const honoSmart = (routes: readonly BenchRoute[]): Find =>
  honoRouter(new SmartRouter<Candidates>({ routers: [new RegExpRouter(), new TrieRouter()] }), routes)

export const honoTrie = (routes: readonly BenchRoute[]): Find => honoRouter(new TrieRouter<Candidates>(), routes)

function rou3Context(routes: readonly BenchRoute[]): ReturnType<typeof createRouter<Candidates>> {
  const context = createRouter<Candidates>()
  for (const [path, prefix, candidates] of groupByPath(routes)) {
    addRoute(context, 'POST', prefix ? `${path}/**` : path, candidates)
  }
  return context
}

export function rou3(routes: readonly BenchRoute[]): Find {
  const context = rou3Context(routes)
  return withHeaderChain(({ method, path }) => findRoute(context, method, path, { params: false })?.data)
}

export function rou3Compiled(routes: readonly BenchRoute[]): Find {
  const find = compileRouter(rou3Context(routes))
  return withHeaderChain(({ method, path }) => find(method, path)?.data)
}

export function memoirist(routes: readonly BenchRoute[]): Find {
  const router = new Memoirist<Candidates>()
  for (const [path, prefix, candidates] of groupByPath(routes))
    router.add('POST', prefix ? `${path}/*` : path, candidates)
  return withHeaderChain(({ method, path }) => router.find(method, path)?.store)
}
