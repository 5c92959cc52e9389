/** headgate with every policy on, as in `policies.ts`, and with everything counted. */
import { nodeHandler } from 'headgate'
import { listen } from '../listen.ts'
import { build } from './policies.ts'

export function start(upstream: string): Promise<number> {
  const gate = build(upstream)
  gate.meters()
  return listen(nodeHandler(gate))
}
