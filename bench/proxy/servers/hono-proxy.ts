/** hono/proxy as its documentation has it, on @hono/node-server. */
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { proxy } from 'hono/proxy'
import { listen } from '../listen.ts'

export function start(upstream: string): Promise<number> {
  const app = new Hono()
  // oxlint-disable-next-line typescript/no-misused-spread -- as its documentation writes it
  app.all('*', (c) => proxy(`${upstream}${c.req.path}`, { ...c.req, headers: c.req.header() }))
  const handle = getRequestListener(app.fetch)
  return listen((request, response) => void handle(request, response))
}
