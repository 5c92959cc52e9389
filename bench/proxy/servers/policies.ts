/** headgate with every policy on: 100 routes by host, path and header, limits, split, breaker, capacity, retries, timeouts, metrics. */
import { gateway, nodeHandler } from 'headgate'
import type { Gateway, Route, RouteStart } from 'headgate'
import { listen } from '../listen.ts'
import { hostOf, modelOf, routeCount } from '../traffic.ts'

type Backend = 'stable' | 'canary'

function describe(route: RouteStart<Backend>, index: number): Route<Backend> {
  return route
    .hosts(hostOf(index))
    .when({ path: { exact: '/v1/chat/completions' }, method: 'POST', headers: { 'x-model': modelOf(index) } })
    .split({ stable: 90, canary: 10 })
    .retry({ retries: 2, on: ['5xx', 'reset', 'connect-failure'], perTry: '20s', backoff: { base: '25ms' } })
    .timeout({ request: '60s', backend: '50s', headers: '30s', idle: '30s' })
}

/** What is counted: nothing, what passes, or also the tokens that replies name. */
export type Counting = 'nothing' | 'requests' | 'tokens'

export function build(upstream: string, counting: Counting = 'requests'): Gateway {
  let builder = gateway('bench')
    .pool(
      'models',
      { stable: [upstream], canary: [upstream] },
      { breaker: { failures: 5, openFor: '10s' }, capacity: { maxRequests: 4096, maxConnections: 1024 } },
    )
    // Never reached: a refusal would be cheap.
    .limit({ name: 'everybody', tokens: 10_000_000, every: '1s' })
    .limit({ name: 'tenant', per: { header: 'x-tenant' }, tokens: 1_000_000, every: '1s' })
  for (let index = 0; index < routeCount; index++) {
    builder = builder.route<string>(`route-${index}`, (route) => describe(route, index))
  }
  const gate = builder.build()
  if (counting !== 'nothing') gate.meters({ tokens: counting === 'tokens' })
  return gate
}

export function start(upstream: string, counting?: Counting): Promise<number> {
  return listen(nodeHandler(build(upstream, counting)))
}
