import { IncomingMessage, ServerResponse, createServer, request as httpRequest } from 'node:http'
import { Socket, type AddressInfo } from 'node:net'
import { Writable, duplexPair } from 'node:stream'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { isParsed, isPlainRequest, isPlainResponse, isPlainSocket } from './plain-node.ts'

let request: IncomingMessage
let response: ServerResponse
let close: () => void

beforeEach(async () => {
  const server = createServer()
  const came = new Promise<void>((resolve) => {
    server.once('request', (...both) => {
      ;[request, response] = both
      resolve()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const sent = httpRequest({ port, host: '127.0.0.1', method: 'POST' }).on('error', () => {})
  sent.write('x')
  await came
  close = () => {
    sent.destroy()
    server.close()
  }
})

afterEach(() => close())

test('what Node itself makes is plain', () => {
  expect(isPlainRequest(request)).toBe(true)
  expect(isParsed(request)).toBe(true)
  expect(isPlainSocket(request.socket)).toBe(true)
  expect(isPlainResponse(response)).toBe(true)
  response.end()
})

type Method = (this: object, ...values: unknown[]) => unknown

/** Does the same as that of Node, and is another one. */
function around(stream: object, name: string): Method {
  const method = Reflect.get(stream, name) as Method
  return function (this: object, ...values) {
    return Reflect.apply(method, this, values)
  }
}

test('methods in the place of those of Node are told', () => {
  Object.assign(request.socket, { write: around(request.socket, 'write') })
  expect(isPlainResponse(response)).toBe(false)
  Object.assign(request, { emit: around(request, 'emit') })
  expect(isPlainRequest(request)).toBe(false)
})

test('methods that were put there before this was loaded are told too', async () => {
  const { prototype } = ServerResponse
  Object.assign(prototype, { write: around(prototype, 'write') })
  vi.resetModules()
  const loaded = await import('./plain-node.ts')
  expect(loaded.isPlainResponse(response)).toBe(false)
  expect(loaded.isPlainRequest(request)).toBe(true)
  // It stands on the prototype of another one.
  Reflect.deleteProperty(prototype, 'write')
  expect(isPlainResponse(response)).toBe(true)
})

test('a request that somebody made is not parsed', () => {
  expect(isParsed(new IncomingMessage(new Socket()))).toBe(false)
  expect(isParsed(new IncomingMessage(null as unknown as Socket))).toBe(false)
})

class Recorded extends ServerResponse {}

test('a response is not plain where another stream stands for its connection, or none yet', () => {
  const made = new ServerResponse(request)
  expect(isPlainResponse(made)).toBe(false)
  made.assignSocket(new Writable() as Socket)
  expect(isPlainResponse(made)).toBe(false)
  const [side] = duplexPair()
  expect(isPlainSocket(side)).toBe(false)
  const recorded = new Recorded(request)
  response.detachSocket(request.socket)
  recorded.assignSocket(request.socket)
  expect(isPlainResponse(recorded)).toBe(false)
})

test('a socket is not plain whose writes go to somebody’s own code', () => {
  const handle = { writeBuffer: () => 0, close() {}, readStart() {}, readStop() {} }
  // @ts-expect-error: an option that stands in no documentation; it is how stand-ins for connections are made.
  const socket = new Socket({ handle })
  expect(isPlainSocket(socket)).toBe(false)
  expect(isPlainSocket(new Socket())).toBe(false)
})
