/** The gateway of the demo, inside an Express application. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Server } from 'node:http'
import express from 'express'
import { gateway } from 'headgate'
import type { Gateway } from 'headgate'
import { expressGate } from '@headgate/express'

export type Backend = 'gpt4-stable' | 'gpt4-canary' | 'gpt4-premium' | 'claude-3' | 'mistral' | 'llama' | 'qwen'
export type RouteName = 'gpt-4' | 'gpt-4-premium' | 'gpt-4-session' | 'claude-3' | 'mistral' | 'llama' | 'qwen'

export interface Urls {
  readonly stable: string
  readonly canary: string
  readonly reserve: string
  readonly north: string
  readonly south: string
}

/** Quicker than in real life, and one of two endpoints may be out. */
const outlierDetection = {
  consecutive5xx: 3,
  interval: '200ms',
  baseEjectionTime: '2s',
  maxEjectionPercent: 50,
} as const

const chat = { path: '/v1/chat/completions' } as const

export function buildGate({ stable, canary, reserve, north, south }: Urls): Gateway<Backend, RouteName> {
  return gateway('demo', { sessionKey: { env: 'DEMO_SESSION_KEY' } })
    .pool('gpt4', { 'gpt4-stable': stable, 'gpt4-canary': canary }, { breaker: { failures: 5, openFor: '2s' } })
    .pool('reserve', { 'gpt4-premium': reserve, 'claude-3': reserve })
    .pool('streams', { mistral: north })
    .pool('checked', { llama: [north, south] }, { healthCheck: { interval: '200ms', unhealthy: 2, healthy: 1 } })
    .pool('watched', { qwen: [north, south] }, { outlierDetection })
    .limit({ name: 'per-tenant', per: { header: 'x-tenant-id' }, tokens: 10, every: '1m' })
    .route('gpt-4', (route) =>
      route
        .when({ ...chat, headers: { 'x-model-id': 'gpt-4' } })
        .split({ 'gpt4-stable': 90, 'gpt4-canary': 10 })
        .fallback('claude-3')
        .retry({ retries: 1, on: ['5xx', 'reset', 'connect-failure'], perTry: '10s' })
        .timeout({ request: '30s' }),
    )
    .route('gpt-4-premium', (route) =>
      route.when({ ...chat, headers: { 'x-model-id': 'gpt-4', 'x-customer-tier': 'premium' } }).to('gpt4-premium'),
    )
    .route('gpt-4-session', (route) =>
      route
        .when({ ...chat, headers: { 'x-model-id': 'gpt-4-session' } })
        .split({ 'gpt4-stable': 1, 'gpt4-canary': 1 })
        .session({ cookie: 'chat' }),
    )
    .route('claude-3', (route) => route.when({ ...chat, headers: { 'x-model-id': 'claude-3' } }).to('claude-3'))
    .route('mistral', (route) =>
      route
        .when({ ...chat, headers: { 'x-model-id': 'mistral' } })
        .to('mistral')
        .fallback('claude-3')
        .earlyHead({ after: '200ms', every: '200ms' })
        .timeout({ firstEvent: '1s', idle: '10s' }),
    )
    .route('llama', (route) => route.when({ ...chat, headers: { 'x-model-id': 'llama' } }).to('llama'))
    .route('qwen', (route) =>
      route
        .when({ ...chat, headers: { 'x-model-id': 'qwen' } })
        .to('qwen')
        .retry({ retries: 1, on: ['5xx'] }),
    )
    .build()
}

export interface Listening {
  readonly url: string
  readonly server: Server
}

/** The application keeps its own routes: the gateway takes what it has a route for. */
export async function listen(gate: Gateway): Promise<Listening> {
  const app = express()
  app.use(expressGate(gate))
  app.get('/', (_request, response) => {
    response.type('text').send('This is the application. Its own routes are still here.\n')
  })
  const server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server }
}
