/** The gateway that is soaked: every feature that holds something for a request. It knows nothing of faults. */
import { Gateway, listen } from 'headgate'
import type { GatewayConfigInput } from 'headgate'

/** Everything that must be back at 0 when nobody is served, and the memory of the process. */
export interface State {
  readonly held: Readonly<Record<string, number>>
  readonly rssBytes: number
}

export interface Opened {
  readonly url: string
  state(): Promise<State>
  /** The same config once more: a table is built and swapped. */
  reload(): Promise<void>
  close(): Promise<void>
}

/** Further deliveries that `/policy` allows to a request: two repeats, and the fallback. */
export const furtherTries = 3

function configOf(main: string, spare: string): GatewayConfigInput {
  // Long enough that no stall of the machine makes a good reply late: that would be one more delivery, and allowed.
  const timeouts = { headers: '2s', idle: '5s', request: '20s' } as const
  const retry = { retries: 2, on: [429, 503, 'reset', 'connect-failure'], backoff: { base: 1, max: 4 } } as const
  const breaker = { failures: 20, openFor: 5, maxOpenFor: 20 }
  return {
    version: 1,
    listeners: [{ name: 'main', port: 80, protocol: 'HTTP' }],
    limits: [{ name: 'tenant', per: { header: 'x-tenant' }, tokens: 1_000_000, every: '1s' }],
    backends: [
      { name: 'main', endpoints: [main], retryBudget: { percent: 100, window: '10s', minimum: 1000 }, breaker },
      { name: 'plain', endpoints: [main], capacity: { maxConnections: 12 } },
      { name: 'spare', endpoints: [spare] },
    ],
    routes: [
      {
        name: 'policy',
        rules: [
          {
            matches: [{ path: { type: 'PathPrefix', value: '/policy' } }],
            backends: [{ backend: 'main' }],
            fallback: { backends: ['spare'] },
            limits: ['tenant'],
            retry,
            timeouts,
          },
        ],
      },
      {
        name: 'once',
        rules: [
          {
            matches: [{ path: { type: 'PathPrefix', value: '/once' } }],
            backends: [{ backend: 'plain' }],
            timeouts,
          },
        ],
      },
    ],
  }
}

export async function openGateway(main: string, spare: string): Promise<Opened> {
  const config = configOf(main, spare)
  const gate = new Gateway(config)
  const listening = await listen(gate, { bind: new Map([['main', { host: '127.0.0.1', port: 0 }]]) })
  return {
    url: `http://127.0.0.1:${listening.addresses.get('main')?.port ?? 0}`,
    state: () => Promise.resolve({ held: heldBy(gate), rssBytes: process.memoryUsage.rss() }),
    reload: () => Promise.resolve(gate.update(config)),
    close: () => listening.close({ drainMs: 0 }),
  }
}

function heldBy(gate: Gateway): State['held'] {
  const backends = [...gate.port.table.backends.values()].map(({ state }) => state)
  const endpoints = backends.flatMap((backend) => backend.endpoints)
  const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0)
  return {
    inFlight: gate.inFlight,
    endpoints: sum(endpoints.map(({ inFlight }) => inFlight)),
    capacity: sum(backends.map(({ capacity }) => capacity.inFlight)),
    queued: sum(endpoints.map(({ endpoint }) => endpoint.waiting)),
    busyConnections: sum(endpoints.map(({ endpoint }) => endpoint.activeConnections - endpoint.idleConnections)),
    alarms: endpoints[0]?.endpoint.wheel.armed ?? 0,
    keptBytes: gate.port.bodies.budget.used,
  }
}
