/**
 * What headgate decides for a request, without the bytes: the functions of its pipeline in the order in which an exchange calls them.
 * It begins where the head has been read, with the match, and ends where the attempt would ask its endpoint for a connection; then
 * comes what is settled when a good reply is over. Copying fields, the attempt and the reply are not decisions.
 */
import { gateway } from 'headgate'
import type { Gateway, Route, RouteStart } from 'headgate'
import { RequestBody } from '../../packages/proxy/src/index.ts'
import { admit } from '../../packages/headgate/src/pipeline/admission.ts'
import type { ResolvedEntry } from '../../packages/headgate/src/pipeline/admission.ts'
import { Ledger } from '../../packages/headgate/src/pipeline/ledger.ts'
import type { Matched } from '../../packages/headgate/src/pipeline/matched.ts'
import type { Outbound } from '../../packages/headgate/src/pipeline/outbound.ts'
import { takePlace } from '../../packages/headgate/src/pipeline/place.ts'
import { Port } from '../../packages/headgate/src/port.ts'
import { readIncoming } from '../../packages/headgate/src/request/incoming.ts'
import type { Incoming } from '../../packages/headgate/src/request/incoming.ts'
import { Runtime } from '../../packages/headgate/src/runtime.ts'
import { buildTable } from '../../packages/headgate/src/table/table.ts'
import { range } from '../numbers.ts'

type Backend = 'stable' | 'canary'

const modelsPerTeam = 20
const hostOf = (route: number): string => `team-${Math.floor(route / modelsPerTeam)}.models.test`
const modelOf = (route: number): string => `model-${route % modelsPerTeam}`

function describe(route: RouteStart<Backend>, index: number): Route<Backend> {
  return route
    .hosts(hostOf(index))
    .when({ path: { exact: '/v1/chat/completions' }, method: 'POST', headers: { 'x-model': modelOf(index) } })
    .split({ stable: 90, canary: 10 })
    .retry({ retries: 2, on: ['5xx', 'reset', 'connect-failure'], perTry: '20s', backoff: { base: '25ms' } })
    .timeout({ request: '60s', backend: '50s', headers: '30s', idle: '30s' })
}

/** Two limits, a split over two backends with breaker and capacity, a retry policy with a budget. */
function build(routes: number): Gateway {
  let builder = gateway('bench')
    .pool(
      'models',
      { stable: ['http://127.0.0.1:1', 'http://127.0.0.1:2'], canary: ['http://127.0.0.1:3'] },
      { breaker: { failures: 5, openFor: '10s' }, capacity: { maxRequests: 4096 } },
    )
    .limit({ name: 'everybody', tokens: 10_000_000, every: '1s' })
    .limit({ name: 'tenant', per: { header: 'x-tenant' }, tokens: 1_000_000, every: '1s' })
  for (let index = 0; index < routes; index++) {
    builder = builder.route<string>(`route-${index}`, (route) => describe(route, index))
  }
  return builder.build()
}

/** A request for the route, as a server hands it over. */
function requestFor(route: number, tenant: number): Incoming {
  const headers = {
    host: hostOf(route),
    'content-type': 'application/json',
    'content-length': '1024',
    accept: 'application/json',
    authorization: 'Bearer sk-0123456789abcdef0123456789abcdef',
    'user-agent': 'bench/1.0',
    'x-model': modelOf(route),
    'x-tenant': `tenant-${tenant}`,
  }
  const rawHeaders = Object.entries(headers).flat()
  const target = '/v1/chat/completions'
  const head = { method: 'POST', target, httpVersion: '1.1', rawHeaders, headers, remoteAddress: '127.0.0.1' }
  const incoming = readIncoming({ ...head, protocol: 'http' }, '', 0)
  if (!('path' in incoming)) throw new Error('the request is refused')
  return incoming
}

export interface Decider {
  readonly requests: readonly Incoming[]
  /** Decides and settles; the name of the backend. */
  readonly decide: (incoming: Incoming) => string
  readonly matchOnly: (incoming: Incoming) => string
  /** What a retry policy adds to a call that succeeds: the ledger and the budget, without the rest. */
  readonly ledgerOnly: (incoming: Incoming) => string
  readonly close: () => Promise<void>
}

/** What a gateway has, without one around it. */
interface Parts {
  readonly runtime: Runtime
  readonly port: Port
  readonly body: RequestBody
}

function matchedFor(port: Port, incoming: Incoming): Matched {
  const matched = port.match(incoming)
  if (matched === undefined) throw new Error('no route')
  return matched
}

/** Limits and split. */
function admitted(runtime: Runtime, matched: Matched, incoming: Incoming, ledger: Ledger): ResolvedEntry {
  const entry = admit(runtime, matched, incoming, { ledger, record: undefined } as Outbound)
  if ('code' in entry) throw new Error(entry.code)
  return entry
}

function wholeDecision({ runtime, port, body }: Parts): (incoming: Incoming) => string {
  return (incoming) => {
    const matched = matchedFor(port, incoming)
    const ledger = new Ledger(matched.plan, incoming, body, runtime.random, runtime.wheel.now())
    const entry = admitted(runtime, matched, incoming, ledger)
    const { backend } = entry
    ledger.chosen = entry
    ledger.backend = backend
    const now = runtime.wheel.now()
    const mayPanic = ledger.nextFallback === undefined
    const taken = takePlace(backend.state, 0, now, incoming, mayPanic, ledger.session)
    if (typeof taken === 'string') throw new Error(taken)
    backend.state.repeats.request(incoming.isRepeat, now)
    ledger.begin()
    if (!ledger.mayTryAgain) throw new Error('the body would not be kept')

    const headAt = runtime.wheel.now()
    taken.place.head(200, headAt)
    if (ledger.afterResponse(200, 0, headAt) !== undefined) throw new Error('a good reply is replaced')
    taken.place.ended(headAt)
    ledger.settle(headAt)
    return backend.state.name
  }
}

function ledgerAlone({ runtime, port, body }: Parts, first: Incoming): (incoming: Incoming) => string {
  const matched = matchedFor(port, first)
  const { plan } = matched
  const entry = admitted(runtime, matched, first, new Ledger(plan, first, body, runtime.random, 0))
  return (incoming) => {
    const now = runtime.wheel.coarseNow
    const ledger = new Ledger(plan, incoming, body, runtime.random, now)
    ledger.chosen = entry
    ledger.backend = entry.backend
    entry.backend.state.repeats.request(incoming.isRepeat, now)
    ledger.begin()
    if (!ledger.mayTryAgain) throw new Error('the body would not be kept')
    if (ledger.afterResponse(200, 0, now) !== undefined) throw new Error('a good reply is replaced')
    ledger.settle(now)
    return plan.route
  }
}

export async function decider(routes: number, requests: number): Promise<Decider> {
  const built = build(routes)
  const { config } = built
  await built.close()
  const runtime = new Runtime({ keepTotal: config.bodies.keepTotal })
  const table = buildTable(config, runtime, undefined, new Map())
  const states = [...table.backends.values()].map(({ state }) => state)
  for (const state of states) state.adopt()
  const parts = { runtime, port: new Port(runtime, table), body: RequestBody.bytes(Buffer.alloc(1024, 'a')) }
  return {
    requests: range(requests).map((index) => requestFor(Math.imul(index, 7919) % routes, index % 16)),
    decide: wholeDecision(parts),
    matchOnly: (incoming) => matchedFor(parts.port, incoming).plan.route,
    ledgerOnly: ledgerAlone(parts, requestFor(0, 0)),
    close: async () => {
      await Promise.all(states.flatMap((state) => state.endpoints.map(({ endpoint }) => endpoint.close())))
    },
  }
}
