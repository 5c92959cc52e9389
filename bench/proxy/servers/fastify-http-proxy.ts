/** @fastify/http-proxy as its README has it, without a log. */
import { fastifyHttpProxy } from '@fastify/http-proxy'
import { fastify } from 'fastify'
import type { AddressInfo } from 'node:net'
import { keepAliveTimeout } from '../listen.ts'

export async function start(upstream: string): Promise<number> {
  const app = fastify({ keepAliveTimeout })
  // Its default of 128 connections would let no more streams run at once.
  await app.register(fastifyHttpProxy, { upstream, undici: { connections: 2048 } })
  await app.listen({ port: 0, host: '127.0.0.1' })
  return (app.server.address() as AddressInfo).port
}
