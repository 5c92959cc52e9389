/** Everything that runs in the demo, held together so that an act can reach it. */

import type { Server } from 'node:http'
import type { Gateway } from 'headgate'
import { buildGate, listen } from './gate.ts'
import type { Backend, RouteName } from './gate.ts'
import { ModelServer } from './servers.ts'
import type { Snapshot } from './stage.ts'
import { Traffic } from './traffic.ts'

export type ServerName = 'stable' | 'canary' | 'reserve'

export class World {
  readonly servers: Readonly<Record<ServerName, ModelServer>>
  readonly gate: Gateway<Backend, RouteName>
  readonly url: string
  readonly traffic: Traffic
  readonly breakerStates: string[] = []
  readonly #server: Server
  readonly #served = new Map<string, number>()

  private constructor(servers: World['servers'], gate: World['gate'], url: string, server: Server) {
    this.servers = servers
    this.gate = gate
    this.url = url
    this.traffic = new Traffic(url)
    this.#server = server
    gate.on('attempt-ended', ({ endpoint, outcome }) => {
      if (outcome === 'ok') this.#served.set(endpoint, (this.#served.get(endpoint) ?? 0) + 1)
    })
    gate.on('breaker-changed', ({ backend, to }) => {
      if (backend === 'gpt4-stable') this.breakerStates.push(to)
    })
  }

  static async start(): Promise<World> {
    const servers = {
      stable: new ModelServer('stable'),
      canary: new ModelServer('canary'),
      reserve: new ModelServer('reserve'),
    }
    await Promise.all(Object.values(servers).map((server) => server.start()))
    const { stable, canary, reserve } = servers
    const gate = buildGate({ stable: stable.url, canary: canary.url, reserve: reserve.url })
    const { url, server } = await listen(gate)
    return new World(servers, gate, url, server)
  }

  snapshot(): Snapshot {
    const backends = this.gate.backends()
    const servers = Object.values(this.servers).map((server) => ({
      name: server.name,
      alive: server.alive,
      served: this.#served.get(server.url) ?? 0,
      inFlight: backends
        .flatMap(({ endpoints }) => endpoints)
        .reduce((sum, endpoint) => sum + (endpoint.url === server.url ? endpoint.inFlight : 0), 0),
    }))
    const breaker = backends[0]?.endpoints[0]?.breaker ?? 'closed'
    const split = this.gate.config.routes[0]?.rules[0]?.backends ?? []
    return { servers, breaker, weights: split.map(({ backend, weight }) => `${backend} ${weight}`).join(' / ') }
  }

  async stop(): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    await this.gate.close({ drainMs: 1000 })
    await Promise.all(Object.values(this.servers).map((server) => server.kill()))
  }
}
