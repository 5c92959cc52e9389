/** Routes and requests that every matcher of the benchmark gets alike. It knows no matcher. */
import { range, seeded } from '../numbers.ts'

/** A route is won by one path, by one host where it has one, and by one value of one header where it has one. */
export interface BenchRoute {
  readonly id: number
  readonly host: string | undefined
  readonly path: string
  /** By whole elements instead of to the letter. */
  readonly prefix: boolean
  readonly model: string | undefined
}

/** A request as every contestant gets it: headers behind one function, as a server would offer them. */
export class BenchRequest {
  readonly method = 'POST'
  readonly query = ''
  readonly host: string
  readonly path: string
  readonly #headers: ReadonlyMap<string, string>

  constructor(host: string, path: string, headers: ReadonlyMap<string, string>) {
    this.host = host
    this.path = path
    this.#headers = headers
  }

  header(name: string): string | undefined {
    return this.#headers.get(name)
  }
}

export interface Work {
  readonly routes: readonly BenchRoute[]
  readonly requests: readonly BenchRequest[]
  /** The id that each request must get, -1 for none. */
  readonly expected: readonly number[]
}

const requestCount = 1024

function ask(host: string, path: string, model: string): BenchRequest {
  const headers = new Map([
    ['host', host],
    ['content-type', 'application/json'],
    ['authorization', 'Bearer secret'],
    ['user-agent', 'bench'],
    ['x-model-id', model],
  ])
  return new BenchRequest(host, path, headers)
}

/** Requests for routes drawn at random, and one in eight for none of them. */
function requestsFor(routes: readonly BenchRoute[], miss: (route: BenchRoute) => [path: string, model: string]): Work {
  const random = seeded(routes.length)
  const drawn = range(requestCount).map((index) => {
    const route = routes[Math.floor(random() * routes.length)]
    if (!route) throw new RangeError('there are no routes')
    const host = route.host ?? 'api.example.com'
    if (index % 8 === 7) return { id: -1, request: ask(host, ...miss(route)) }
    const path = route.prefix ? `${route.path}/chat/completions` : route.path
    return { id: route.id, request: ask(host, path, route.model ?? 'any') }
  })
  return { routes, requests: drawn.map(({ request }) => request), expected: drawn.map(({ id }) => id) }
}

/** Every route has a path of its own: half of them to the letter, half as a prefix. */
export function byPath(count: number): Work {
  const routes = range(count).map((id) => ({
    id,
    host: undefined,
    path: `/v1/${['teams', 'apps', 'labs', 'pools'][id % 4]}/t${id}`,
    prefix: id % 2 === 1,
    model: undefined,
  }))
  return requestsFor(routes, (route) => [`/v2${route.path.slice(3)}`, 'any'])
}

/** Few paths, and on each of them as many values of one header as make up the count. */
export function byHeader(count: number): Work {
  return byModel(count, count <= 3 ? 3 : count <= 100 ? 10 : count <= 1000 ? 50 : 200)
}

/** So many values of one header on each path. */
export function byModel(count: number, models: number): Work {
  const routes = range(count).map((id) => ({
    id,
    host: undefined,
    path: `/v1/tenants/t${Math.floor(id / models)}/chat/completions`,
    prefix: false,
    model: `model-${id % models}`,
  }))
  return requestsFor(routes, (route) => [route.path, 'model-unknown'])
}

const paths = ['/v1/chat/completions', '/v1/messages', '/v1/embeddings', '/v1/responses']

/**
 * What a model gateway has: a host for each team, the paths of the dialects on each, and on those as many models. Models are what a
 * header tells apart, so each path has many routes.
 */
export function byHostPathAndHeader(count: number): Work {
  const [hosts, perHost] = count <= 3 ? [1, 1] : count <= 10 ? [1, 2] : [Math.round(Math.sqrt(count) / 2), paths.length]
  const routes = range(count).map((id) => ({
    id,
    host: `team-${id % hosts}.models.example.com`,
    path: paths[Math.floor(id / hosts) % perHost] ?? '',
    prefix: false,
    model: `model-${Math.floor(id / hosts / perHost)}`,
  }))
  return requestsFor(routes, (route) => [route.path, 'model-unknown'])
}
