import { expect, test } from 'vitest'

import { wireOf } from './app-protocol.ts'

test.for([
  ['http', 'http1', 'http'],
  ['HTTP', 'http1', 'http'],
  ['https', 'http1', 'https'],
  ['kubernetes.io/h2c', 'h2c', 'http'],
  ['http2', 'h2c', 'http'],
  ['grpc', 'h2c', 'http'],
  ['kubernetes.io/ws', 'http1', 'http'],
  ['kubernetes.io/wss', 'http1', 'https'],
] as const)('%s is %s over %s', ([name, protocol, scheme]) => {
  expect(wireOf(name)).toEqual({ protocol, scheme })
})

test.for(['mysql', 'toString', ''])('%j is not known', (name) => {
  expect(wireOf(name)).toBeUndefined()
})
