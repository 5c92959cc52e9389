/** @fastify/http-proxy as its README has it, without a log. */
import { fastifyHttpProxy } from '@fastify/http-proxy'
import { fastify } from 'fastify'
import type { AddressInfo } from 'node:net'

export async function start(upstream: string): Promise<number> {
  const app = fastify({ keepAliveTimeout: 120_000 })
  await app.register(fastifyHttpProxy, { upstream })
  await app.listen({ port: 0, host: '127.0.0.1' })
  return (app.server.address() as AddressInfo).port
}
