/** The plugin fits instances of every kind of server, and its options are checked. */

import fastify from 'fastify'
import type { Gateway } from 'headgate'
import { fastifyGate } from './index.ts'

declare const gate: Gateway<'backend', 'route'>

void fastify().register(fastifyGate, { gate })
void fastify().register(fastifyGate, { gate, prefix: '/v1', stripPrefix: '/v1', raw: true })
void fastify({ https: {} }).register(fastifyGate, { gate })

// @ts-expect-error the gateway is missing
void fastify().register(fastifyGate, { prefix: '/v1' })
// @ts-expect-error raw is a boolean
void fastify().register(fastifyGate, { gate, raw: 'yes' })
