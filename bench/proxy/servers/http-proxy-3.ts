/** http-proxy-3 with an agent that keeps connections; without one it opens one for each request. */
import { createProxyServer } from 'http-proxy-3'
import { Agent } from 'node:http'
import { listen } from '../listen.ts'

export async function start(upstream: string): Promise<number> {
  const proxy = createProxyServer({ target: upstream, agent: new Agent({ keepAlive: true }) })
  return await listen((request, response) => proxy.web(request, response))
}
