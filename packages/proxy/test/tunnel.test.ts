import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { afterEach, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { Attempt, ClockWheel, Endpoint, type EndpointOptions, type Tunnel } from '../src/index.ts'
import { Collector, begin, manualWheel, noClocks, run } from './support/collector.ts'
import { answering, closedPort, rawServer, turns, until, type RawServer } from './support/raw-server.ts'
import { upgradeProxy, type UpgradeProxy } from './support/upgrade-proxy.ts'

const wheel = new ClockWheel()
const accepted =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-A: caf\u00e9\r\n\r\n'
const asking = 'GET /realtime?model=x HTTP/1.1\r\nHost: model.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
const cleanups: (() => Promise<void> | void)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

function endpointOf(server: RawServer, options?: EndpointOptions, clock: ClockWheel = wheel): Endpoint {
  const endpoint = new Endpoint(server.url, clock, options)
  cleanups.push(
    () => server.close(),
    () => endpoint.destroy(),
  )
  return endpoint
}

async function proxyOf(endpoint: Endpoint, clocks = noClocks): Promise<UpgradeProxy> {
  const proxy = await upgradeProxy(endpoint, clocks)
  cleanups.push(() => proxy.close())
  return proxy
}

interface Caller {
  readonly socket: Socket
  received: string
  ended: boolean
  closed: boolean
}

/** A backend that keeps its own side open when the other one ends. */
function halfOpen(): Promise<RawServer> {
  const greet = (socket: Socket, _received: string, _connection: number, chunk: Buffer): void => {
    if (chunk.includes('\r\n\r\n')) socket.write(accepted, 'latin1')
  }
  return rawServer(greet, undefined, true)
}

/** A caller that speaks bytes. It keeps its own side open when the other one ends. */
async function callerOf(proxy: UpgradeProxy, bytes = asking): Promise<Caller> {
  const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true })
  const caller: Caller = { socket, received: '', ended: false, closed: false }
  socket.on('data', (chunk) => {
    caller.received += chunk.toString('latin1')
  })
  socket.on('error', () => {})
  socket.on('end', () => {
    caller.ended = true
  })
  socket.on('close', () => {
    caller.closed = true
  })
  cleanups.push(() => void socket.destroy())
  await once(socket, 'connect')
  socket.write(bytes)
  return caller
}

class Upgraded extends Collector {
  tunnel: Tunnel | undefined
  onUpgraded: ((tunnel: Tunnel) => void) | undefined

  attemptUpgraded(_attempt: Attempt, headers: string[], tunnel: Tunnel): void {
    this.headers = headers
    this.tunnel = tunnel
    this.onUpgraded?.(tunnel)
  }
}

interface Asked {
  readonly attempt: Attempt
  readonly collector: Upgraded
}

function ask(endpoint: Endpoint, clocks = noClocks, collector = new Upgraded()): Asked {
  const attempt = new Attempt(endpoint, endpoint.wheel, clocks, collector)
  attempt.upgrade('/realtime', ['host', 'model.test', 'sec-websocket-key', 'x'])
  return { attempt, collector }
}

test('the request asks for a WebSocket, and the fields of the 101 come with the tunnel', async () => {
  const server = await answering(accepted)
  const { attempt, collector } = ask(endpointOf(server))
  await until(() => collector.tunnel !== undefined)
  expect(server.received[0]).toBe(
    'GET /realtime HTTP/1.1\r\nhost: model.test\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: x\r\n\r\n',
  )
  expect(collector.headers).toEqual(['X-A', 'caf\u00e9'])
  expect([attempt.status, attempt.phase, attempt.sent]).toEqual([101, 'streaming', true])
})

test('an ordinary reply is passed on as such', async () => {
  const server = await answering('HTTP/1.1 401 No\r\nContent-Length: 4\r\nX-A: 1\r\n\r\nnope')
  const endpoint = endpointOf(server)
  const { collector } = ask(endpoint)
  await collector.over
  expect(collector).toMatchObject({ status: 401, body: 'nope', ended: true, tunnel: undefined, late: 0 })
  expect(collector.header('x-a')).toBe('1')
  await until(() => endpoint.activeConnections === 0)
})

test.for([
  ['another protocol', 'HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n'],
  ['two protocols', 'HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: websocket, foo\r\n\r\n'],
  ['no protocol', 'HTTP/1.1 101 X\r\nConnection: upgrade\r\n\r\n'],
  ['a protocol that Connection does not name', 'HTTP/1.1 101 X\r\nUpgrade: websocket\r\n\r\n'],
  [
    'a head above 16 KiB',
    `HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: websocket\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`,
  ],
] as const)('a 101 with %s is a bad reply, and its connection is dropped', async ([, bytes]) => {
  const server = await answering(bytes)
  const endpoint = endpointOf(server)
  const { collector } = ask(endpoint)
  await collector.over
  expect(collector).toMatchObject({ failure: { kind: 'bad-response', headSeen: false }, tunnel: undefined, late: 0 })
  await until(() => endpoint.activeConnections === 0 && server.closed[0] !== undefined)
})

test('an unreachable backend is told as such', async () => {
  const { collector } = ask(new Endpoint(await closedPort(), wheel))
  await collector.over
  expect(collector.failure).toMatchObject({ kind: 'connect-failure', sent: false })
})

test.for([
  ['an attempt that is cancelled before the 101', 'waiting'],
  ['an attempt that is cancelled before it is joined', 'upgraded'],
] as const)('%s closes its connection', async ([, when]) => {
  const server = await (when === 'waiting' ? rawServer(() => {}) : answering(accepted))
  const endpoint = endpointOf(server)
  const { attempt, collector } = ask(endpoint)
  await until(() =>
    when === 'waiting' ? server.received[0]?.endsWith('\r\n\r\n') === true : collector.tunnel !== undefined,
  )
  attempt.cancel()
  expect(collector).toMatchObject({ failure: { kind: 'cancelled', sent: true }, late: 0 })
  await until(() => endpoint.activeConnections === 0 && server.closed[0] !== undefined)
})

test('a backend that breaks before the tunnel is joined is a reset, and a late caller is closed', async () => {
  let drop: (() => void) | undefined
  const server = await rawServer((socket) => {
    socket.write(accepted)
    drop = () => socket.resetAndDestroy()
  })
  const { collector } = ask(endpointOf(server))
  await until(() => collector.tunnel !== undefined)
  drop?.()
  await collector.over
  expect(collector).toMatchObject({ failure: { kind: 'reset', headSeen: true }, late: 0 })
  const caller = new PassThrough()
  collector.tunnel?.join(caller, Buffer.alloc(0))
  expect(caller.destroyed).toBe(true)
})

test('what the backend says before the tunnel is joined is kept for the caller', async () => {
  const server = await answering(`${accepted}one`)
  const { collector } = ask(endpointOf(server))
  await until(() => collector.tunnel !== undefined)
  server.sockets[0]!.write('two')
  await turns(50)
  const caller = new PassThrough()
  collector.tunnel?.join(caller, Buffer.alloc(0))
  // A PassThrough says again what it is told.
  await until(() => server.received[0]?.endsWith('two') === true)
  expect(server.received[0]).toMatch(/\r\n\r\nonetwo$/)
})

test('a caller that is gone when the tunnel is joined closes the backend', async () => {
  const server = await answering(accepted)
  const { collector } = ask(endpointOf(server))
  await until(() => collector.tunnel !== undefined)
  const caller = new PassThrough()
  caller.destroy()
  await turns(5)
  collector.tunnel?.join(caller, Buffer.alloc(0))
  expect(collector).toMatchObject({ failure: { kind: 'cancelled' }, late: 0 })
  await until(() => server.closed[0] !== undefined)
})

test('a tunnel is joined once', async () => {
  const server = await answering(accepted)
  const { attempt, collector } = ask(endpointOf(server))
  await until(() => collector.tunnel !== undefined)
  const [first, second] = [new PassThrough(), new PassThrough()]
  collector.tunnel?.join(first, Buffer.alloc(0))
  collector.tunnel?.join(second, Buffer.alloc(0))
  await turns(5)
  expect([first.destroyed, second.destroyed, attempt.phase]).toEqual([false, true, 'streaming'])
})

test('a listener that throws, or has no use for tunnels, ends its attempt', async () => {
  const server = await answering(accepted)
  const endpoint = endpointOf(server)
  const throwing = new Upgraded()
  throwing.onUpgraded = () => {
    throw new Error('broken hook')
  }
  ask(endpoint, noClocks, throwing)
  await throwing.over
  expect(throwing).toMatchObject({ failure: { kind: 'cancelled', error: new Error('broken hook') }, late: 0 })
  const plain = new Collector()
  new Attempt(endpoint, wheel, noClocks, plain).upgrade('/', ['host', 'm'])
  await plain.over
  expect(plain).toMatchObject({ failure: { kind: 'cancelled' }, late: 0 })
  expect(endpoint.activeConnections).toBe(0)
})

test('bytes go both ways unchanged, also those that came with the heads', async () => {
  const server = await answering(`${accepted}hello`)
  const caller = await callerOf(await proxyOf(endpointOf(server)), `${asking}first`)
  await until(() => caller.received.endsWith('hello') && server.received[0]?.endsWith('first') === true)
  expect(caller.received).toBe(
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-A: caf\u00e9\r\n\r\nhello',
  )
  caller.socket.write(Buffer.from([0, 0xff, 13, 10]))
  await until(() => server.received[0]?.endsWith('first\u0000\u00ff\r\n') === true)
  server.sockets[0]!.write(Buffer.from([0xff, 0, 13]))
  await until(() => caller.received.endsWith('hello\u00ff\u0000\r') === true)
})

test('nothing of the caller but its head reaches the backend before the 101', async () => {
  const server = await rawServer(() => {})
  const caller = await callerOf(await proxyOf(endpointOf(server)), `${asking}early`)
  await until(() => server.received[0]?.endsWith('\r\n\r\n') === true)
  caller.socket.write('later')
  await turns(50)
  expect(server.received[0]).not.toMatch(/early|later/)
  server.sockets[0]!.write(accepted)
  await until(() => server.received[0]?.endsWith('earlylater') === true)
})

test.for(['caller', 'backend'] as const)('a %s that is gone closes the other side at once', async (gone) => {
  const server = await answering(accepted)
  const endpoint = endpointOf(server)
  const proxy = await proxyOf(endpoint)
  const caller = await callerOf(proxy)
  await until(() => caller.received.endsWith('\r\n\r\n'))
  if (gone === 'caller') caller.socket.resetAndDestroy()
  else server.sockets[0]!.resetAndDestroy()
  await until(() => server.closed[0] !== undefined && (caller.ended || caller.closed) && proxy.ends.length > 0)
  expect(proxy.ends).toMatchObject([{ kind: gone === 'caller' ? 'cancelled' : 'reset', headSeen: true }])
  expect(endpoint.activeConnections).toBe(0)
})

test.for(['caller', 'backend'] as const)(
  'the end of the %s is passed on, and the other side may still speak',
  async (first) => {
    const server = await halfOpen()
    const clock = new ClockWheel()
    const endpoint = endpointOf(server, {}, clock)
    const proxy = await proxyOf(endpoint)
    const caller = await callerOf(proxy)
    await until(() => caller.received.endsWith('\r\n\r\n'))
    const [one, other] = first === 'caller' ? [caller.socket, server.sockets[0]!] : [server.sockets[0]!, caller.socket]
    one.end('bye')
    await until(() => (first === 'caller' ? server.ended[0] === true : caller.ended))
    other.end('last words')
    await until(() => caller.closed && server.closed[0] !== undefined && proxy.ends.length > 0)
    const heard = [server.received[0]!, caller.received].map((text) => text.slice(text.indexOf('\r\n\r\n') + 4))
    expect(first === 'caller' ? heard : heard.toReversed()).toEqual(['bye', 'last words'])
    expect([proxy.ends, server.closed[0], endpoint.activeConnections, clock.armed]).toEqual([['ended'], 'end', 0, 0])
  },
)

test('after the end of one side the other one has 5 s of silence', async () => {
  const time = manualWheel()
  const server = await halfOpen()
  const proxy = await proxyOf(endpointOf(server, {}, time.wheel))
  const caller = await callerOf(proxy)
  await until(() => caller.received.endsWith('\r\n\r\n'))
  server.sockets[0]!.end()
  await until(() => caller.ended)
  time.advance(4_900)
  caller.socket.write('still here')
  await until(() => server.received[0]?.endsWith('still here') === true)
  time.advance(4_900)
  expect(proxy.ends).toEqual([])
  time.advance(200)
  expect(proxy.ends).toEqual(['ended'])
  await until(() => server.closed[0] !== undefined)
  expect(time.wheel.armed).toBe(0)
})

test.for(['caller', 'backend'] as const)('a slow %s holds the other side back', async (slow) => {
  const server = await answering(accepted)
  const proxy = await proxyOf(endpointOf(server))
  const caller = await callerOf(proxy)
  await until(() => caller.received.endsWith('\r\n\r\n'))
  const [reader, writer] = slow === 'caller' ? [caller.socket, server.sockets[0]!] : [server.sockets[0]!, caller.socket]
  reader.pause()
  let read = 0
  reader.on('data', (chunk) => {
    read += chunk.length
  })
  reader.pause()
  let written = 0
  while (written < 64_000_000 && writer.write(Buffer.alloc(1_000_000))) {
    written += 1_000_000
    await turns(20)
  }
  written += 1_000_000
  // What the kernel's own buffers take is less than this.
  expect(written).toBeLessThan(32_000_000)
  reader.resume()
  await until(() => read >= written)
  expect(proxy.ends).toEqual([])
})

test.for([
  ['idle', { headersMs: 0, idleMs: 500, backendMs: 0 }],
  ['backend', { headersMs: 0, idleMs: 0, backendMs: 1_000 }],
] as const)('the clock %s closes both sides', async ([clock, clocks]) => {
  const time = manualWheel()
  const server = await answering(accepted)
  const proxy = await proxyOf(endpointOf(server, {}, time.wheel), clocks)
  const caller = await callerOf(proxy)
  await until(() => caller.received.endsWith('\r\n\r\n'))
  time.advance(400)
  caller.socket.write('a')
  await until(() => server.received[0]?.endsWith('a') === true)
  time.advance(400)
  server.sockets[0]!.write('b')
  await until(() => caller.received.endsWith('b'))
  time.advance(190)
  expect(proxy.ends).toEqual([])
  time.advance(400)
  expect(proxy.ends).toMatchObject([{ kind: 'timeout', clock }])
  await until(() => caller.ended && server.closed[0] !== undefined)
})

test('without an idle clock a silent tunnel stays', async () => {
  const time = manualWheel()
  const server = await answering(accepted)
  const proxy = await proxyOf(endpointOf(server, {}, time.wheel), { ...noClocks, headersMs: 500 })
  const caller = await callerOf(proxy)
  await until(() => caller.received.endsWith('\r\n\r\n'))
  for (let second = 0; second < 3_600; second++) time.advance(1_000)
  expect([proxy.ends, caller.closed]).toEqual([[], false])
})

test('an upgrade has a connection of its own, and another one is opened in the place of an idle one', async () => {
  const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
  const server = await rawServer((socket, received) =>
    socket.write(received.includes('upgrade: websocket') ? accepted : ok),
  )
  const endpoint = endpointOf(server, { maxConnections: 1 })
  await run(endpoint)
  await until(() => endpoint.idleConnections === 1)
  const first = ask(endpoint)
  await until(() => first.collector.tunnel !== undefined)
  const second = ask(endpoint)
  const plain = begin(endpoint)
  await turns(20)
  expect([server.accepted, endpoint.activeConnections, endpoint.waiting]).toEqual([2, 1, 2])
  first.attempt.cancel()
  await until(() => second.collector.tunnel !== undefined)
  second.attempt.cancel()
  await plain.collector.over
  expect([plain.collector.body, server.accepted]).toEqual(['ok', 4])
})

test('an upgrade that waits gets a new connection when an attempt is over', async () => {
  let reply: (() => void) | undefined
  const server = await rawServer((socket, received) => {
    if (received.includes('upgrade: websocket')) socket.write(accepted)
    else reply = () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
  })
  const endpoint = endpointOf(server, { maxConnections: 1 })
  const running = begin(endpoint)
  const waiting = ask(endpoint)
  await until(() => reply !== undefined)
  expect(endpoint.waiting).toBe(1)
  reply?.()
  await until(() => waiting.collector.tunnel !== undefined)
  expect([running.collector.ended, server.accepted, endpoint.activeConnections]).toEqual([true, 2, 1])
})

test('closing the endpoint waits for its tunnels, and destroying it ends them', async () => {
  const server = await answering(accepted)
  const endpoint = endpointOf(server)
  const { collector } = ask(endpoint)
  await until(() => collector.tunnel !== undefined)
  const closed = endpoint.close()
  expect(endpoint.activeConnections).toBe(1)
  await endpoint.destroy()
  await closed
  expect(collector).toMatchObject({ failure: { kind: 'cancelled' }, late: 0 })
})

test('an endpoint that speaks HTTP/2 is asked for an upgrade in HTTP/1.1', async () => {
  const server = await answering(accepted)
  const { collector } = ask(endpointOf(server, { protocol: 'h2c' }))
  await until(() => collector.tunnel !== undefined)
  expect(server.received[0]).toMatch(/^GET \/realtime HTTP\/1\.1\r\n/)
})

test('a real WebSocket client and server talk through a tunnel, and close in order', async () => {
  const backend = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'realtime' })
  await once(backend, 'listening')
  const closes: number[] = []
  backend.on('connection', (socket) => {
    socket.on('message', (data, binary) => socket.send(data, { binary }))
    socket.on('close', (code) => closes.push(code))
  })
  const endpoint = new Endpoint(`http://127.0.0.1:${(backend.address() as AddressInfo).port}`, wheel)
  cleanups.push(
    () => endpoint.destroy(),
    () => backend.close(),
  )
  const proxy = await proxyOf(endpoint)
  const client = new WebSocket(`ws://127.0.0.1:${proxy.port}/realtime`, ['realtime'])
  await once(client, 'open')
  expect(client.protocol).toBe('realtime')
  const big = Buffer.alloc(3_000_000, 'x')
  const digest = createHash('sha256').update(big).digest('hex')
  const echoed: string[] = []
  client.on('message', (data: Buffer) => echoed.push(createHash('sha256').update(data).digest('hex')))
  client.send(big)
  client.send(big)
  await until(() => echoed.length === 2)
  expect(echoed).toEqual([digest, digest])
  client.close(4_001, 'done')
  const [code] = (await once(client, 'close')) as [number]
  await until(() => proxy.ends.length === 1 && closes.length === 1)
  expect([code, closes, proxy.ends, endpoint.activeConnections]).toEqual([4_001, [4_001], ['ended'], 0])
})
