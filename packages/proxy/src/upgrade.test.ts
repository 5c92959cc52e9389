import { expect, test } from 'vitest'
import { isWebSocketReply, requestedUpgrade, upgradeReply } from './upgrade.ts'

test.for([
  ['none', []],
  ['none', ['connection', 'keep-alive']],
  ['none', ['upgrade', 'websocket']],
  ['none', ['connection', 'upgrade']],
  ['none', ['connection', 'x-upgrade', 'upgrade', 'websocket']],
  ['websocket', ['connection', 'upgrade', 'upgrade', 'websocket']],
  ['websocket', ['Upgrade', 'WebSocket', 'Connection', 'keep-alive, Upgrade']],
  ['websocket', ['connection', 'keep-alive', 'connection', 'upgrade', 'upgrade', 'websocket']],
  ['other', ['connection', 'upgrade, http2-settings', 'upgrade', 'h2c']],
  ['other', ['connection', 'upgrade', 'upgrade', 'websocket, h2c']],
  ['other', ['connection', 'upgrade', 'upgrade', 'websocket', 'upgrade', 'h2c']],
  ['other', ['connection', 'upgrade', 'upgrade', 'websocket/13']],
] as const)('the upgrade that is asked for is %s in %j', ([kind, raw]) => {
  expect(requestedUpgrade(raw)).toBe(kind)
})

test.for([
  [true, ['Connection', 'Upgrade', 'Upgrade', 'websocket']],
  [false, ['Connection', 'Upgrade', 'Upgrade', 'h2c']],
  [false, ['Connection', 'Upgrade']],
  [false, ['Upgrade', 'websocket']],
] as const)('a reply switches to WebSocket: %s for %j', ([expected, raw]) => {
  expect(isWebSocketReply(raw.map((field) => Buffer.from(field)))).toBe(expected)
})

test('the head for the caller has its own connection fields, and the bytes of all others', () => {
  const headers = ['Sec-WebSocket-Accept', 'x=', 'connection', 'close', 'Content-Length', '3', 'x-a', 'caf\u00e9']
  expect(upgradeReply(headers).toString('latin1')).toBe(
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Accept: x=\r\nx-a: caf\u00e9\r\n\r\n',
  )
})

test.for([
  ['x y', '1'],
  ['', '1'],
  ['x', 'a\r\nevil: 1'],
  ['x', 'a\0'],
])('a head with the field %j: %j is not written', (field) => {
  expect(() => upgradeReply(field)).toThrow(TypeError)
})
