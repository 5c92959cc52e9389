/** How many bytes does a gateway allocate for a call? It runs in a process of its own, as for `proxy.ts`, and so do callers and upstream. */
import { Program } from '../proxy/program.ts'
import type { AskName } from '../proxy/traffic.ts'
import type { Allocated } from './sampler.ts'

export interface Plan {
  /** Programs of `proxy/serve.ts`, by the name that they are told under. */
  readonly gateways: readonly (readonly [name: string, server: string])[]
  readonly rounds: number
  readonly calls: number
  readonly connections: number
  readonly ask: AskName
  /** Calls before anything is counted: until the code is compiled, it allocates more. */
  readonly warmUp: number
}

/** Bytes for a call, by the name of the gateway, in the order of the rounds. They take turns. */
export async function allocations(plan: Plan): Promise<ReadonlyMap<string, readonly Allocated[]>> {
  try {
    const upstream = await Program.start('upstream', new URL('../proxy/upstream.ts', import.meta.url))
    const load = await Program.start('load', new URL('../proxy/load.ts', import.meta.url))
    const source = new URL('../proxy/serve.ts', import.meta.url)
    const origin = `http://127.0.0.1:${upstream.port}`
    const gateways = await Promise.all(
      plan.gateways.map(([name, server]) => Program.start(name, source, server, origin)),
    )
    const bytes = new Map<string, Allocated[]>(gateways.map(({ name }) => [name, []]))
    for (const gateway of gateways) await call(gateway, load, plan, plan.warmUp)
    for (let round = 0; round < plan.rounds; round++) {
      for (let turn = 0; turn < gateways.length; turn++) {
        const gateway = gateways[(round + turn) % gateways.length]
        if (gateway !== undefined) bytes.get(gateway.name)?.push(await perCall(gateway, load, plan))
      }
    }
    return bytes
  } finally {
    await Program.stopAll()
  }
}

async function perCall(gateway: Program, load: Program, plan: Plan): Promise<Allocated> {
  await gateway.ask({ kind: 'sample' })
  await call(gateway, load, plan, plan.calls)
  const { all, headgate, meters } = (await gateway.ask({ kind: 'allocated' })) as Allocated
  const { calls } = plan
  return { all: all / calls, headgate: headgate / calls, meters: meters / calls }
}

/** On connections of their own, which count as well. */
async function call(gateway: Program, load: Program, { connections, ask }: Plan, calls: number): Promise<void> {
  await load.ask({ kind: 'connect', port: gateway.port, connections, shape: { path: '/v1/chat/completions' } })
  await load.ask({ kind: 'call', calls, ask })
  await load.ask({ kind: 'disconnect' })
}
