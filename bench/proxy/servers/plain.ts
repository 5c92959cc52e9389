/** headgate with one route, one backend, and no policy beyond its defaults. */
import { gateway, nodeHandler } from 'headgate'
import { listen } from '../listen.ts'

export async function start(upstream: string): Promise<number> {
  const gate = gateway('bench')
    .pool('models', { model: upstream })
    .route('all', (route) => route.to('model'))
    .build()
  return await listen(nodeHandler(gate))
}
