/** httpxy with an agent that keeps connections. */
import { createProxyServer } from 'httpxy'
import { Agent } from 'node:http'
import { listen } from '../listen.ts'

export async function start(upstream: string): Promise<number> {
  const proxy = createProxyServer({ target: upstream, agent: new Agent({ keepAlive: true }) })
  return await listen((request, response) => void proxy.web(request, response))
}
