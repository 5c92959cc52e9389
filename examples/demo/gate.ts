/** The gateway of the demo, inside an Express application. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Server } from 'node:http'
import express from 'express'
import { gateway } from 'headgate'
import type { Gateway } from 'headgate'
import { expressGate } from '@headgate/express'

export type Backend = 'gpt4-stable' | 'gpt4-canary' | 'gpt4-premium' | 'claude-3'
export type RouteName = 'gpt-4' | 'gpt-4-premium' | 'claude-3'

export interface Urls {
  readonly stable: string
  readonly canary: string
  readonly reserve: string
}

const chat = { path: '/v1/chat/completions' } as const

export function buildGate({ stable, canary, reserve }: Urls): Gateway<Backend, RouteName> {
  return gateway('demo')
    .pool('gpt4', { 'gpt4-stable': stable, 'gpt4-canary': canary }, { breaker: { failures: 5, openFor: '2s' } })
    .pool('reserve', { 'gpt4-premium': reserve, 'claude-3': reserve })
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
    .route('claude-3', (route) => route.when({ ...chat, headers: { 'x-model-id': 'claude-3' } }).to('claude-3'))
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
