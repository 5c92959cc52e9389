/** headgate with every policy as Hono middleware on @hono/node-server, through Hono's own reply path or past it. */
import { getRequestListener } from '@hono/node-server'
import { honoGate } from '@headgate/hono'
import { Hono } from 'hono'
import { listen } from '../listen.ts'
import { build } from './policies.ts'

export function start(upstream: string, raw = false): Promise<number> {
  const app = new Hono()
  app.use(honoGate(build(upstream), { raw }))
  const handle = getRequestListener(app.fetch)
  return listen((request, response) => void handle(request, response))
}
