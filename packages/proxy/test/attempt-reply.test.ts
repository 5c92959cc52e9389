import { expect, test } from 'vitest'
import { Collector, begin, run } from './support/collector.ts'
import { endpointOf } from './support/endpoints.ts'
import { answering, rawServer, turns, until } from './support/raw-server.ts'

async function replyOf(bytes: string, method = 'GET'): Promise<Collector> {
  return run(endpointOf(await answering(bytes)), { method })
}

test('a reply comes with its status, fields, bytes and end', async () => {
  const reply = await replyOf('HTTP/1.1 200 Fine\r\nX-A: 1\r\nContent-Length: 5\r\nx-a: 2\r\n\r\nhello')
  expect(reply).toMatchObject({ status: 200, statusText: 'Fine', body: 'hello', ended: true })
  expect(reply.headers).toEqual(['X-A', '1', 'Content-Length', '5', 'x-a', '2'])
})

test('a chunked reply loses its framing field and keeps its data', async () => {
  const reply = await replyOf('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n')
  expect(reply).toMatchObject({ body: 'abcde', ended: true, headers: [], trailers: undefined })
})

test('a reply that is ended by closing is whole', async () => {
  const server = await rawServer((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nuntil the end'))
  const reply = await run(endpointOf(server))
  expect(reply).toMatchObject({ body: 'until the end', ended: true })
})

test('bytes above 0x7f in a field survive', async () => {
  const reply = await replyOf('HTTP/1.1 200 OK\r\nx-name: caf\u00e9\u00ff\u0080\r\nContent-Length: 0\r\n\r\n')
  expect(reply.header('x-name')).toBe('caf\u00e9\u00ff\u0080')
})

test('a reason phrase that cannot be written again is left out', async () => {
  const reply = await replyOf('HTTP/1.1 200 caf\u00e9\r\nContent-Length: 0\r\n\r\n')
  expect(reply).toMatchObject({ status: 200, statusText: '' })
})

test('trailers go on without framing, routing, auth and cookie fields', async () => {
  const reply = await replyOf(
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x-sum\r\n\r\n1\r\na\r\n0\r\n' +
      'x-sum: 7\r\nHost: evil\r\nSet-Cookie: a=b\r\nAuthorization: x\r\nConnection: close\r\n\r\n',
  )
  expect(reply.trailers).toEqual(['x-sum', '7'])
})

test.for([
  ['the announced length is not reached', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello'],
  [
    'the announced length is not reached on a closing reply',
    'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 10\r\n\r\nhello',
  ],
  ['the last chunk is missing', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'],
  [
    'the last chunk is missing on a closing reply',
    'HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
  ],
] as const)('a reply is broken when %s', async ([, bytes]) => {
  const server = await rawServer((socket) => socket.end(bytes))
  const reply = await run(endpointOf(server))
  expect(reply).toMatchObject({ ended: false, body: 'hello', failure: { kind: 'reset', sent: true, headSeen: true } })
})

test('a reply without a length that is reset is broken, not ended', async () => {
  const server = await rawServer((socket) => socket.write('HTTP/1.1 200 OK\r\n\r\nhalf'))
  const collector = new Collector()
  const sockets: (() => void)[] = []
  await server.close()
  const resetting = await rawServer((socket) => {
    sockets.push(() => socket.resetAndDestroy())
    socket.write('HTTP/1.1 200 OK\r\n\r\nhalf')
  })
  collector.onData = () => sockets[0]?.()
  const reply = await run(endpointOf(resetting), { collector })
  expect(reply).toMatchObject({ ended: false, body: 'half', failure: { kind: 'reset', headSeen: true } })
})

test.for([
  ['no HTTP at all', 'SSH-2.0-OpenSSH_9.6\r\n\r\n'],
  ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
  ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
  ['status 099', 'HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n'],
  ['status 600', 'HTTP/1.1 600 High\r\nContent-Length: 0\r\n\r\n'],
  ['status 999', 'HTTP/1.1 999 High\r\nContent-Length: 0\r\n\r\n'],
  ['an unasked 101', 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n'],
  ['a bare 101', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
  ['a space before the colon', 'HTTP/1.1 200 OK\r\nX-A : 1\r\nContent-Length: 0\r\n\r\n'],
  ['a NUL in a value', 'HTTP/1.1 200 OK\r\nX-A: a\0b\r\nContent-Length: 0\r\n\r\n'],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc'],
  ['a list of lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nab'],
  ['a negative length', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'],
  ['a length that overflows', 'HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nab'],
  ['a coding other than chunked', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
  ['an unknown coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: xyz\r\n\r\nabc'],
  ['chunked that is not last', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\nabc'],
  ['both framing fields', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['chunked twice', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['a head above 16 KiB', `HTTP/1.1 200 OK\r\nx-a: ${'a'.repeat(20_000)}\r\n\r\n`],
  ['too many interim replies', 'HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n'.repeat(17)],
] as const)('%s is a bad reply, and its connection is dropped', async ([, bytes]) => {
  const server = await answering(bytes)
  const endpoint = endpointOf(server)
  const reply = await run(endpoint)
  expect(reply).toMatchObject({
    status: 0,
    ended: false,
    failure: { kind: 'bad-response', sent: true, headSeen: false },
  })
  await until(() => endpoint.activeConnections === 0 && server.closed[0] !== undefined)
})

test('a malformed chunk after the head is a bad reply that was begun', async () => {
  const reply = await replyOf('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\nzz\r\n')
  expect(reply).toMatchObject({ body: 'ab', failure: { kind: 'bad-response', headSeen: true } })
})

test('a folded field never goes on with its line break', async () => {
  const reply = await replyOf('HTTP/1.1 200 OK\r\nx-a: 1\r\n folded\r\nContent-Length: 0\r\n\r\n')
  expect(reply.headers.join('')).not.toMatch(/[\r\n]/)
})

test('interim replies are dropped and the final one counts', async () => {
  const interim = 'HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n'
  const reply = await replyOf(`${interim.repeat(16)}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok`)
  expect(reply).toMatchObject({ status: 200, body: 'ok', ended: true })
})

test.for([
  [
    'a second reply',
    'GET',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil',
  ],
  ['bytes after the end', 'GET', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokevil'],
  ['a body after HEAD', 'HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil'],
  ['a body after 204', 'GET', 'HTTP/1.1 204 No Content\r\n\r\nevil'],
  ['a body after 304', 'GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\nevil'],
] as const)('%s reaches nobody', async ([, method, bytes]) => {
  const server = await rawServer((socket, _received, connection) => {
    socket.write(connection === 0 ? bytes : 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfresh')
  })
  const endpoint = endpointOf(server)
  const first = await run(endpoint, { method })
  expect(first.body).not.toContain('evil')
  expect(first.ended).toBe(true)
  const second = await run(endpoint)
  expect(second).toMatchObject({ status: 200, body: 'fresh', ended: true })
  expect(server.accepted).toBe(2)
})

test('bytes on an idle connection close it', async () => {
  let idle: (() => void) | undefined
  const server = await rawServer((socket, _received, connection) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n${connection}`)
    idle = () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil')
  })
  const endpoint = endpointOf(server)
  await run(endpoint)
  await until(() => endpoint.idleConnections === 1)
  idle?.()
  await until(() => endpoint.activeConnections === 0)
  expect(endpoint.idleConnections).toBe(0)
  expect((await run(endpoint)).body).toBe('1')
})

test('a paused reply stands still until it is resumed', async () => {
  const server = await rawServer((socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 8000000\r\n\r\n')
    socket.write(Buffer.alloc(8_000_000, 'x'))
  })
  const endpoint = endpointOf(server)
  const collector = new Collector()
  collector.accept = false
  const { attempt } = begin(endpoint, { collector })
  await until(() => collector.bytes > 0)
  const held = collector.bytes
  await turns(50)
  expect(collector.bytes).toBe(held)
  collector.onData = () => attempt.resume()
  attempt.resume()
  await collector.over
  expect(collector).toMatchObject({ bytes: 8_000_000, ended: true, late: 0 })
})

test('a connection is used again, and its attempt says so', async () => {
  const server = await answering('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
  const endpoint = endpointOf(server)
  const first = begin(endpoint)
  await first.collector.over
  await until(() => endpoint.idleConnections === 1)
  const second = begin(endpoint)
  await second.collector.over
  expect(server.accepted).toBe(1)
  expect([first.attempt.reused, second.attempt.reused]).toEqual([false, true])
})

test.for([
  ['no hint', '', 1],
  ['a generous hint', 'Keep-Alive: timeout=30\r\n', 1],
  ['a hint without room for the margin', 'Keep-Alive: timeout=1\r\n', 2],
  ['a closing reply', 'Connection: close\r\n', 2],
] as const)('with %s the next request goes to the right connection', async ([, field, connections]) => {
  const server = await answering(`HTTP/1.1 200 OK\r\n${field}Content-Length: 2\r\n\r\nok`)
  const endpoint = endpointOf(server)
  await run(endpoint)
  await until(() => endpoint.idleConnections === 1 || endpoint.activeConnections === 0)
  await run(endpoint)
  expect(server.accepted).toBe(connections)
})
