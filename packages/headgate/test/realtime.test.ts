/** WebSocket and gRPC through listeners of the gateway, with real clients and servers, streaming both ways. */

import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Metadata, Server, ServerCredentials, credentials, makeGenericClientConstructor, status } from '@grpc/grpc-js'
import type { ServerDuplexStream, ServiceDefinition } from '@grpc/grpc-js'
import { Gateway, listen, nodeHandler, upgradeHandler } from 'headgate'
import type { GatewayConfigInput, RequestReport } from 'headgate'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'

const listener = { name: 'g/http', port: 80, protocol: 'HTTP' } as const

async function start(
  config: Omit<GatewayConfigInput, 'version' | 'listeners'>,
  watch: (gate: Gateway) => void = () => {},
): Promise<string> {
  const gate = new Gateway({ version: 1, listeners: [listener], ...config })
  watch(gate)
  const listening = await listen(gate, { bind: new Map([[listener.name, { host: '127.0.0.1', port: 0 }]]) })
  onTestFinished(() => listening.close({ drainMs: 0 }))
  return `127.0.0.1:${listening.addresses.get(listener.name)?.port}`
}

async function echoServer(): Promise<string> {
  const http = createServer()
  const server = new WebSocketServer({ server: http })
  server.on('connection', (socket) => {
    socket.on('message', (data, binary) => socket.send(data, { binary }))
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    http.close()
    http.closeAllConnections()
    for (const client of server.clients) client.terminate()
  })
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`
}

const routes: GatewayConfigInput['routes'] = [
  {
    name: 'realtime',
    rules: [
      {
        matches: [{ path: { type: 'PathPrefix', value: '/v1/realtime' } }],
        backends: [{ backend: 'a' }],
        limits: ['two'],
      },
    ],
  },
]
const limits = [{ name: 'two', tokens: 2, every: '1h' as const }]

async function refusal(url: string): Promise<string> {
  return new Promise((resolve) => {
    new WebSocket(url).on('error', (error) => resolve(error.message))
  })
}

describe('WebSocket', () => {
  test('messages go both ways through a listener, the close code too', async () => {
    const address = await start({ backends: [{ name: 'a', endpoints: [await echoServer()] }], routes, limits })
    const socket = new WebSocket(`ws://${address}/v1/realtime?model=x`)
    await new Promise((resolve) => socket.once('open', resolve))
    const received: string[] = []
    const done = new Promise<void>((resolve) => {
      socket.on('message', (data: Buffer) => {
        received.push(data.toString())
        if (received.length === 3) resolve()
      })
    })
    for (const text of ['one', 'x'.repeat(200_000), 'three']) socket.send(text)
    await done
    expect(received.map((text) => text.length)).toEqual([3, 200_000, 5])
    const closed = new Promise<number>((resolve) => socket.once('close', resolve))
    socket.close(4001, 'bye')
    expect(await closed).toBe(4001)
  })

  test('takes the same routes and limits as any request', async () => {
    const address = await start({ backends: [{ name: 'a', endpoints: [await echoServer()] }], routes, limits })
    expect(await refusal(`ws://${address}/v1/other`)).toContain('404')
    for (let opened = 0; opened < 2; opened++) {
      const socket = new WebSocket(`ws://${address}/v1/realtime`)
      await new Promise((resolve) => socket.once('open', resolve))
      socket.terminate()
    }
    expect(await refusal(`ws://${address}/v1/realtime`)).toContain('429')
  })

  test('the 101 says what was decided, and the record counts the bytes of both ways', async () => {
    const { promise: ended, resolve } = Promise.withResolvers<RequestReport>()
    const reporting = { serverTiming: true, header: 'x-why' }
    const backends = [{ name: 'a', endpoints: [await echoServer()] }]
    const address = await start({ backends, routes, limits, reporting }, (gate) => gate.on('request-ended', resolve))
    const socket = new WebSocket(`ws://${address}/v1/realtime`)
    const upgraded = new Promise<IncomingMessage>((resolve) => socket.once('upgrade', resolve))
    await new Promise((resolve) => socket.once('open', resolve))
    const { headers } = await upgraded
    expect(headers['x-why']).toBe('route="realtime", rule="realtime", attempts=1, cause=first, backend="a"')
    expect(headers['server-timing']).toMatch(/^queue;dur=.*total;dur=[\d.]+$/)
    const echoed = new Promise((resolve) => socket.once('message', resolve))
    socket.send('x'.repeat(1000))
    await echoed
    socket.close()
    const { status, result, bytesIn, bytesOut, attempts } = await ended
    expect([status, result]).toEqual([101, 'completed'])
    // The head of a frame of 1000 bytes is 4 bytes, that of a close 2; the client's have a mask of 4 more (RFC 6455 section 5.2).
    expect([bytesIn, bytesOut]).toEqual([1008 + 6, 1004 + 2])
    expect(attempts[0]?.bytesReceived).toBe(bytesOut)
  })

  test('through a node:http server of the application', async () => {
    const backends = [{ name: 'a', endpoints: [await echoServer()] }]
    const gate = new Gateway({ version: 1, backends, routes, limits })
    const server = createServer(nodeHandler(gate))
    const upgrade = upgradeHandler(gate)
    server.on('upgrade', (request, socket, head) => {
      if (!upgrade(request, socket, head)) socket.destroy()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(async () => {
      server.close()
      server.closeAllConnections()
      await gate.close({ drainMs: 0 })
    })
    const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/v1/realtime`)
    await new Promise((resolve) => socket.once('open', resolve))
    const echoed = new Promise((resolve) => socket.once('message', (data: Buffer) => resolve(data.toString())))
    socket.send('hello')
    expect(await echoed).toBe('hello')
    socket.terminate()
  })
})

const same = (bytes: Buffer): Buffer => bytes
const service: ServiceDefinition = {
  Talk: {
    path: '/chat.Chat/Talk',
    requestStream: true,
    responseStream: true,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  },
}

async function grpcServer(): Promise<string> {
  const server = new Server()
  server.addService(service, {
    Talk(call: ServerDuplexStream<Buffer, Buffer>) {
      if (call.metadata.get('x-fail')[0] === 'yes') {
        call.emit('error', { code: status.PERMISSION_DENIED, details: 'not for you' })
        return
      }
      call.on('data', (bytes: Buffer) => call.write(Buffer.concat([Buffer.from('echo '), bytes])))
      call.on('end', () => call.end())
    },
  })
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    )
  })
  onTestFinished(() => server.forceShutdown())
  return `http://127.0.0.1:${port}`
}

const Client = makeGenericClientConstructor(service, 'Chat')

describe('gRPC', () => {
  const rule = {
    matches: [{ path: { type: 'Exact' as const, value: '/chat.Chat/Talk' }, method: 'POST' }],
    backends: [{ backend: 'a' }],
  }

  test('a call streams both ways before it ends, and its trailers arrive', async () => {
    const told = Promise.withResolvers<RequestReport>()
    const address = await start(
      {
        backends: [{ name: 'a', endpoints: [await grpcServer()], protocol: 'h2c' }],
        routes: [{ kind: 'GRPC', name: 'chat', rules: [rule] }],
      },
      (gate) => gate.on('request-ended', told.resolve),
    )
    const client = new Client(address, credentials.createInsecure())
    onTestFinished(() => client.close())
    const call = client['Talk']?.() as unknown as ServerDuplexStream<Buffer, Buffer>
    const answers: string[] = []
    const ended = new Promise<number>((resolve) => {
      call.on('status', ({ code }: { code: number }) => resolve(code))
    })
    call.write(Buffer.from('one'))
    for await (const bytes of call as AsyncIterable<Buffer>) {
      answers.push(bytes.toString())
      if (answers.length === 1) call.write(Buffer.from('two'))
      else call.end()
    }
    expect(answers).toEqual(['echo one', 'echo two'])
    expect(await ended).toBe(status.OK)
    expect(await told.promise).toMatchObject({ status: 200, grpcStatus: status.OK, result: 'completed' })
  })

  test('a backend that refuses with a status alone is understood as such', async () => {
    const told = Promise.withResolvers<RequestReport>()
    const address = await start(
      {
        backends: [{ name: 'a', endpoints: [await grpcServer()], protocol: 'h2c' }],
        routes: [{ kind: 'GRPC', name: 'chat', rules: [rule] }],
      },
      (gate) => gate.on('request-ended', told.resolve),
    )
    const client = new Client(address, credentials.createInsecure())
    onTestFinished(() => client.close())
    const metadata = new Metadata()
    metadata.set('x-fail', 'yes')
    const call = (client['Talk'] as (metadata: Metadata) => unknown)(metadata) as ServerDuplexStream<Buffer, Buffer>
    call.on('error', () => {})
    call.resume()
    const result = new Promise<{ code: number; details: string }>((resolve) => call.on('status', resolve))
    expect(await result).toMatchObject({ code: status.PERMISSION_DENIED, details: 'not for you' })
    expect(await told.promise).toMatchObject({ status: 200, grpcStatus: status.PERMISSION_DENIED })
  })

  test('what has no route is UNIMPLEMENTED, a backend that is away UNAVAILABLE', async () => {
    const told: (readonly [number, number | undefined])[] = []
    const address = await start(
      {
        backends: [{ name: 'a', endpoints: ['http://127.0.0.1:1'], protocol: 'h2c' }],
        routes: [{ kind: 'GRPC', name: 'chat', rules: [rule] }],
      },
      (gate) => gate.on('request-ended', ({ status, grpcStatus }) => told.push([status, grpcStatus])),
    )
    const codeOf = async (path: string): Promise<number> => {
      const client = new (makeGenericClientConstructor({ Talk: { ...service['Talk']!, path } }, 'Chat'))(
        address,
        credentials.createInsecure(),
      )
      onTestFinished(() => client.close())
      const call = client['Talk']?.() as unknown as ServerDuplexStream<Buffer, Buffer>
      call.on('error', () => {})
      const code = new Promise<number>((resolve) => {
        call.on('status', (result: { code: number }) => resolve(result.code))
      })
      call.resume()
      call.end()
      return code
    }
    expect(await codeOf('/chat.Chat/Other')).toBe(status.UNIMPLEMENTED)
    expect(await codeOf('/chat.Chat/Talk')).toBe(status.UNAVAILABLE)
    expect(told).toEqual([
      [404, status.UNIMPLEMENTED],
      [502, status.UNAVAILABLE],
    ])
  })
})
