/** Everything that runs in the demo, held together so that an act can reach it. */

import { randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import type { Gateway } from 'headgate'
import { buildGate, listen } from './gate.ts'
import type { Backend, RouteName } from './gate.ts'
import { MoodyServer } from './moody-server.ts'
import { ModelServer } from './servers.ts'
import type { ServerLine, Snapshot } from './stage.ts'
import { Traffic } from './traffic.ts'

export type ServerName = 'stable' | 'canary' | 'reserve'

export class World {
  readonly servers: Readonly<Record<ServerName, ModelServer>>
  readonly moody: { readonly north: MoodyServer; readonly south: MoodyServer }
  readonly gate: Gateway<Backend, RouteName>
  readonly url: string
  readonly traffic: Traffic
  readonly breakerStates: string[] = []
  readonly #server: Server
  readonly #served = new Map<string, number>()

  private constructor(
    servers: World['servers'],
    moody: World['moody'],
    gate: World['gate'],
    url: string,
    server: Server,
  ) {
    this.servers = servers
    this.moody = moody
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
    const moody = { north: new MoodyServer('north'), south: new MoodyServer('south') }
    const { stable, canary, reserve } = servers
    const { north, south } = moody
    await Promise.all([stable, canary, reserve, north, south].map((server) => server.start()))
    process.env['DEMO_SESSION_KEY'] = randomBytes(32).toString('base64')
    const gate = buildGate({
      stable: stable.url,
      canary: canary.url,
      reserve: reserve.url,
      north: north.url,
      south: south.url,
    })
    const { url, server } = await listen(gate)
    return new World(servers, moody, gate, url, server)
  }

  snapshot(): Snapshot {
    const backends = this.gate.backends()
    const { north, south } = this.moody
    const servers = [...Object.values(this.servers), north, south].map((server): ServerLine => {
      const endpoints = backends.flatMap((backend) => backend.endpoints).filter(({ url }) => url === server.url)
      const isOut = endpoints.some(({ health, ejected }) => health === 'unhealthy' || ejected === true)
      return {
        name: server.name,
        state: server instanceof ModelServer && !server.alive ? 'down' : isOut ? 'out' : 'up',
        served: this.#served.get(server.url) ?? 0,
        inFlight: endpoints.reduce((sum, { inFlight }) => sum + inFlight, 0),
      }
    })
    const breaker = backends[0]?.endpoints[0]?.breaker ?? 'closed'
    const split = this.gate.config.routes[0]?.rules[0]?.backends ?? []
    return { servers, breaker, weights: split.map(({ backend, weight }) => `${backend} ${weight}`).join(' / ') }
  }

  async stop(): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    await this.gate.close({ drainMs: 1000 })
    this.moody.north.stop()
    this.moody.south.stop()
    await Promise.all(Object.values(this.servers).map((server) => server.kill()))
  }
}
