/** `explain` with listeners: by which one a request comes in, what is in force there, and what is attached elsewhere. */

import { Gateway } from 'headgate'
import type { GatewayConfigInput } from 'headgate'
import { expect, test } from 'vitest'
import { https } from './sockets.ts'

const config: GatewayConfigInput = {
  version: 1,
  listeners: [
    { name: 'plain', port: 80, protocol: 'HTTP', hostname: 'a.test', origin: 'gateway.yaml:8' },
    { ...https('secure', 'a.test', ['one']), origin: 'gateway.yaml:12' },
  ],
  backends: [{ name: 'stable', endpoints: ['http://127.0.0.1:1'], breaker: { failures: 3 }, origin: 'service.yaml:1' }],
  routes: [
    {
      name: 'premium',
      listeners: ['secure'],
      origin: 'premium.yaml:1',
      rules: [
        {
          matches: [{ headers: [{ name: 'x-tier', value: 'premium' }] }],
          backends: [{ backend: 'stable' }],
          origins: { rule: 'premium.yaml:5' },
        },
      ],
    },
    {
      name: 'chat',
      origin: 'chat.yaml:1',
      rules: [{ backends: [{ backend: 'stable' }], timeouts: { request: '9s' }, origins: { rule: 'chat.yaml:4' } }],
    },
  ],
}

const headers = { 'x-tier': 'premium' }

test('the listener decides which routes are looked at, and a route of another one is named', async () => {
  const gate = new Gateway(config)
  const secure = gate.explain({ target: 'https://a.test/', headers })
  expect(secure.listener).toEqual({
    name: 'secure',
    port: 443,
    protocol: 'HTTPS',
    hostname: 'a.test',
    origin: 'gateway.yaml:12',
  })
  expect(secure.otherListeners).toEqual([
    { listener: 'plain', because: 'it speaks HTTP, the request comes over https' },
  ])
  expect(secure.winner).toMatchObject({ route: 'premium', origin: 'premium.yaml:5', routeOrigin: 'premium.yaml:1' })

  const plain = gate.explain({ target: 'http://a.test/', headers })
  expect([plain.listener?.name, plain.winner?.route]).toEqual(['plain', 'chat'])
  expect(plain.losers).toMatchObject([
    {
      route: 'premium',
      because: 'it is attached to secure, the request comes in by plain',
      loss: { reason: 'listener', expected: ['secure'] },
      origin: 'premium.yaml:5',
    },
  ])
  await gate.close()
})

test('a host that no listener has comes in by none', async () => {
  const gate = new Gateway(config)
  const { listener, otherListeners, winner } = gate.explain({ target: 'http://b.test/' })
  expect([listener, winner]).toEqual([undefined, undefined])
  expect(otherListeners.map(({ because }) => because)).toEqual([
    'it is for "a.test", the request for "b.test"',
    'it speaks HTTPS, the request comes over http',
  ])
  await gate.close()
})

test('shares and policies have the places where they were written', async () => {
  const gate = new Gateway(config)
  const { winner } = gate.explain({ target: 'http://a.test/' })
  expect(winner?.backends).toMatchObject([{ backend: 'stable', share: 1, origin: 'service.yaml:1' }])
  expect(winner?.policies).toMatchObject([
    { policy: 'timeouts', origin: 'chat.yaml:4' },
    { policy: 'breaker of stable', text: 'opens after 3 failures in a row, for 10s', origin: 'service.yaml:1' },
  ])
  await gate.close()
})

test('without listeners every route is looked at', async () => {
  const gate = new Gateway({
    ...config,
    listeners: [],
    routes: config.routes?.map(({ listeners: _, ...route }) => route),
  })
  const { listener, otherListeners, winner } = gate.explain({ target: '/', headers })
  expect([listener, otherListeners, winner?.route]).toEqual([undefined, [], 'premium'])
  await gate.close()
})
