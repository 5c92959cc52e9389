/** What must not compile, each with the mistake that a user would make. */

import { expectTypeOf } from 'vitest'
import { gateway } from '../index.ts'
import type { Gateway, Route } from '../index.ts'

const pools = gateway('types')
  .pool('gpt4', { 'gpt4-stable': ['http://a:8000', 'http://b:8000'], 'gpt4-canary': 'http://c:8000' })
  .pool('claude', { 'claude-3': { endpoints: 'http://d:8000', headers: { authorization: { env: 'KEY' } } } })

const gate = pools
  .route('gpt-4', (route) =>
    route.when({ path: '/v1' }).split({ 'gpt4-stable': 90, 'gpt4-canary': 10 }).fallback('claude-3'),
  )
  .route('claude-3', (route) => route.to('claude-3').when({ path: { exact: '/v1/messages' } }))
  .build()

expectTypeOf(gate).toEqualTypeOf<Gateway<'gpt4-stable' | 'gpt4-canary' | 'claude-3', 'gpt-4' | 'claude-3'>>()
gate.setWeights('gpt-4', { 'gpt4-canary': 25 })

// A gateway with names fits where any gateway is asked for.
expectTypeOf(gate).toExtend<Gateway>()

// A shared fragment is an ordinary generic function.
const patient = <B extends string>(route: Route<B>): Route<B> =>
  route.retry({ retries: 3 }).timeout({ request: '120s' })
pools.route('shared', (route) => patient(route.to('claude-3')))

// @ts-expect-error a typo in the target
pools.route('r', (route) => route.to('gpt4-stabel'))
// @ts-expect-error a typo in a split
pools.route('r', (route) => route.split({ 'gpt4-stabel': 90 }))
// @ts-expect-error a typo in a fallback
pools.route('r', (route) => route.to('claude-3').fallback('claude3'))
// @ts-expect-error a typo in a list of fallbacks
pools.route('r', (route) => route.to('claude-3').fallback(['gpt4-stable', 'claude3']))
// @ts-expect-error a route that is declared twice
pools.route('r', (route) => route.to('claude-3')).route('r', (route) => route.to('claude-3'))
// @ts-expect-error a backend that is declared twice
pools.pool('again', { 'claude-3': 'http://e:8000' })
// @ts-expect-error a route without a target
pools.route('r', (route) => route.when({ path: '/v1' }))
// @ts-expect-error weights of a pool, where a route is due
gate.setWeights('gpt4', { 'gpt4-stable': 1 })
// @ts-expect-error a typo in weights
gate.setWeights('gpt-4', { 'gpt4-stabel': 1 })
// @ts-expect-error `retry` is not an option of retry
pools.route('r', (route) => route.to('claude-3').retry({ retry: 3 }))
// @ts-expect-error a duration without a unit
pools.route('r', (route) => route.to('claude-3').timeout({ request: 120 }))
// @ts-expect-error a condition that does not exist
pools.route('r', (route) => route.to('claude-3').retry({ retries: 1, on: ['5x'] }))
// @ts-expect-error a path without its slash
pools.route('r', (route) => route.to('claude-3').when({ path: 'v1' }))
