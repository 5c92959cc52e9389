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
// @ts-expect-error a way to choose endpoints that does not exist
pools.pool('p', { b: 'http://e:8000' }, { balance: 'fastest' })
// @ts-expect-error a key where none is asked for
pools.pool('p', { b: 'http://e:8000' }, { balance: { type: 'random', by: 'address' } })
// @ts-expect-error an interval without a unit
pools.pool('p', { b: 'http://e:8000' }, { healthCheck: { interval: '5' } })
// @ts-expect-error a path without its slash
pools.route('r', (route) => route.to('claude-3').when({ path: 'v1' }))

const entrances = pools.listener('http', { port: 80 }).listener('https', {
  port: 443,
  hostname: '*.example.com',
  certificates: { certificate: { file: 'tls.crt' }, key: { secret: 'prod/tls/tls.key' } },
})

// A redirect is a target: such a route needs no backend.
const redirecting = entrances
  .route('to-https', (route) => route.listeners('http').redirect({ scheme: 'https', status: 301 }))
  .route('moved', (route) => route.redirect({ prefix: '/v2' }).when({ path: '/v1' }).listeners('http', 'https'))
expectTypeOf(redirecting.build()).toEqualTypeOf<
  Gateway<'gpt4-stable' | 'gpt4-canary' | 'claude-3', 'to-https' | 'moved'>
>()

// Every filter stands before or after the target.
entrances.route('all', (route) =>
  route
    .mirror('gpt4-canary', { percent: 5 })
    .cors({ allowOrigins: ['https://app.example.com'], maxAge: '10m' })
    .to('gpt4-stable')
    .rewrite({ prefix: '', host: 'model.internal' })
    .mirror('claude-3')
    .listeners('https'),
)

// The fragment from above, which knows no listeners, fits a gateway that has some.
entrances.route('shared', (route) => patient(route.to('claude-3')))

// A backend that speaks HTTP/2.
pools.pool('h2', { a: 'http://e:8000' }, { protocol: 'h2c' })
pools.pool('tls', { b: { endpoints: 'https://f:8443', protocol: 'h2', tls: { servername: 'model.test' } } })

// @ts-expect-error a typo in a mirror
pools.route('r', (route) => route.to('claude-3').mirror('claude3'))
// @ts-expect-error a mirror alone is no target
pools.route('r', (route) => route.mirror('claude-3'))
// @ts-expect-error neither is a rewrite
pools.route('r', (route) => route.rewrite({ path: '/v1' }))
// What has a target is not redirected, and what is redirected has no backend.
pools.route('r', (route) => {
  const served = route.to('claude-3')
  expectTypeOf(served).not.toHaveProperty('redirect')
  return served
})
pools.route('r', (route) => {
  const redirected = route.redirect({ scheme: 'https' })
  expectTypeOf(redirected).not.toHaveProperty('to')
  return redirected
})
// @ts-expect-error a whole path and a prefix at once
pools.route('r', (route) => route.redirect({ path: '/a', prefix: '/b' }))
// @ts-expect-error a whole path and a prefix at once
pools.route('r', (route) => route.to('claude-3').rewrite({ path: '/a', prefix: '/b' }))
// @ts-expect-error a path without its slash
pools.route('r', (route) => route.to('claude-3').rewrite({ path: 'v1' }))
// @ts-expect-error a whole path cannot be empty
pools.route('r', (route) => route.to('claude-3').rewrite({ path: '' }))
// @ts-expect-error a status that is no redirect
pools.route('r', (route) => route.redirect({ scheme: 'https', status: 200 }))
// @ts-expect-error the Gateway API's name of `status`
pools.route('r', (route) => route.redirect({ scheme: 'https', statusCode: 301 }))
// @ts-expect-error a host where an origin is due
pools.route('r', (route) => route.to('claude-3').cors({ allowOrigins: ['app.example.com'] }))
// @ts-expect-error CORS without origins
pools.route('r', (route) => route.to('claude-3').cors({ allowCredentials: true }))
// @ts-expect-error seconds without a unit
pools.route('r', (route) => route.to('claude-3').cors({ allowOrigins: '*', maxAge: 600 }))
// @ts-expect-error a typo in a listener
entrances.route('r', (route) => route.to('claude-3').listeners('htps'))
// @ts-expect-error a listener where none is declared
pools.route('r', (route) => route.to('claude-3').listeners('http'))
// @ts-expect-error attached to none
entrances.route('r', (route) => route.to('claude-3').listeners())
// @ts-expect-error a listener that is declared twice
entrances.listener('http', { port: 8080 })
// @ts-expect-error a listener without a port
pools.listener('http', { hostname: 'a.example.com' })
// @ts-expect-error a certificate without its key
pools.listener('https', { port: 443, certificates: { certificate: { file: 'tls.crt' } } })
// @ts-expect-error a certificate that is no reference
pools.listener('https', { port: 443, certificates: { certificate: '-----BEGIN', key: { file: 'tls.key' } } })
// @ts-expect-error the protocol follows from the certificates
pools.listener('https', { port: 443, protocol: 'HTTPS' })
// @ts-expect-error a protocol that does not exist
pools.pool('p', { a: 'http://e:8000' }, { protocol: 'http2' })

// Sessions: of a route, before or after its target, and of the backends of a pool.
pools.route('r', (route) => route.session().to('claude-3'))
pools.route('r', (route) =>
  route.to('claude-3').session({ cookie: 'chat', path: '/v1', strict: true, idleTimeout: '10m' }),
)
pools.route('r', (route) => route.to('claude-3').session({ header: 'x-session', absoluteTimeout: '24h' }))
pools.pool('sticky', { c: 'http://e:8000' }, { session: { lifetime: 'Permanent', absoluteTimeout: '720h' } })
pools.pool('sticky', { d: { endpoints: 'http://e:8000', session: {} } })
gateway('keyed', { sessionKey: { env: 'SESSION_KEY' } })
// @ts-expect-error a session alone is no target
pools.route('r', (route) => route.session({ cookie: 'chat' }))
// @ts-expect-error a cookie and a header at once
pools.route('r', (route) => route.to('claude-3').session({ cookie: 'chat', header: 'x-session' }))
// @ts-expect-error a Permanent cookie needs its lifetime
pools.route('r', (route) => route.to('claude-3').session({ cookie: 'chat', lifetime: 'Permanent' }))
// @ts-expect-error a header has no path
pools.route('r', (route) => route.to('claude-3').session({ header: 'x-session', path: '/' }))
// @ts-expect-error a header has no lifetime
pools.route('r', (route) => route.to('claude-3').session({ header: 'x-session', lifetime: 'Permanent' }))
// @ts-expect-error the Gateway API's name of `cookie`
pools.route('r', (route) => route.to('claude-3').session({ sessionName: 'chat' }))
// @ts-expect-error a key is a reference, never the text itself
gateway('keyed', { sessionKey: 'secret' })
