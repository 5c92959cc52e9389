/** headgate with every policy as a Fastify plugin, through Fastify's own reply path or past it. */
import { fastifyGate } from '@headgate/fastify'
import { fastify } from 'fastify'
import type { AddressInfo } from 'node:net'
import { keepAliveTimeout } from '../listen.ts'
import { build } from './policies.ts'

export async function start(upstream: string, raw = false): Promise<number> {
  const app = fastify({ keepAliveTimeout })
  await app.register(fastifyGate, { gate: build(upstream), raw })
  await app.listen({ port: 0, host: '127.0.0.1' })
  return (app.server.address() as AddressInfo).port
}
