import {
  Client,
  Metadata,
  Server,
  ServerCredentials,
  credentials,
  status,
  type ClientDuplexStream,
  type ServerDuplexStream,
  type StatusObject,
} from '@grpc/grpc-js'
import { once } from 'node:events'
import { connect, constants } from 'node:http2'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ClockWheel, Endpoint } from '../src/index.ts'
import { h2Proxy, type H2Proxy } from './support/h2-proxy.ts'
import { answeringH2 } from './support/h2-server.ts'
import { until } from './support/raw-server.ts'

const wheel = new ClockWheel()
const same = (bytes: Buffer): Buffer => bytes
const method = {
  path: '/test.Echo/Talk',
  requestStream: true,
  responseStream: true,
  requestSerialize: same,
  requestDeserialize: same,
  responseSerialize: same,
  responseDeserialize: same,
}
let server: Server
let endpoint: Endpoint
let proxy: H2Proxy
let client: Client
let talk: (stream: ServerDuplexStream<Buffer, Buffer>) => void

beforeEach(async () => {
  server = new Server()
  server.addService({ Talk: method }, { Talk: (stream: ServerDuplexStream<Buffer, Buffer>) => talk(stream) })
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound)
      else reject(error)
    })
  })
  endpoint = new Endpoint(`http://127.0.0.1:${port}`, wheel, { protocol: 'h2c' })
  proxy = await h2Proxy(endpoint)
  client = new Client(`127.0.0.1:${proxy.port}`, credentials.createInsecure())
})

afterEach(async () => {
  client.close()
  await endpoint.destroy()
  server.forceShutdown()
  await proxy.close()
})

function call(metadata = new Metadata()): ClientDuplexStream<Buffer, Buffer> {
  const stream = client.makeBidiStreamRequest(method.path, same, same, metadata)
  stream.on('error', () => {})
  return stream
}

/** gRPC tells the status of a failed call behind its error. */
function statusOf(stream: ClientDuplexStream<Buffer, Buffer>): Promise<StatusObject> {
  return new Promise((resolve) => {
    stream.on('status', resolve)
  })
}

test('a gRPC call streams both ways at once, and ends with its status and trailers', async () => {
  talk = (stream) => {
    stream.on('data', (bytes: Buffer) => stream.write(Buffer.concat([Buffer.from('echo '), bytes])))
    stream.on('end', () => {
      const trailers = new Metadata()
      trailers.set('x-total', '2')
      stream.end(trailers)
    })
  }
  const stream = call()
  const heard: string[] = []
  stream.on('data', (bytes: Buffer) => heard.push(bytes.toString()))
  stream.write(Buffer.from('one'))
  await until(() => heard.length === 1)
  stream.write(Buffer.from('two'))
  await until(() => heard.length === 2)
  const told = statusOf(stream)
  stream.end()
  expect(await told).toMatchObject({ code: status.OK })
  expect((await told).metadata.get('x-total')).toEqual(['2'])
  expect([heard, proxy.ends]).toEqual([['echo one', 'echo two'], ['ended']])
})

test('an error of the server arrives with its code, message and metadata', async () => {
  talk = (stream) => {
    const metadata = new Metadata()
    metadata.set('x-why', 'quota')
    stream.emit(
      'error',
      Object.assign(new Error('no more'), { code: status.RESOURCE_EXHAUSTED, details: 'no m\u00f6re', metadata }),
    )
  }
  const told = await statusOf(call())
  expect(told).toMatchObject({ code: status.RESOURCE_EXHAUSTED, details: 'no m\u00f6re' })
  expect(told.metadata.get('x-why')).toEqual(['quota'])
})

test('a method that is not there is answered by the backend, in a head alone', async () => {
  const stream = client.makeBidiStreamRequest('/test.Echo/Nothing', same, same, new Metadata())
  stream.on('error', () => {})
  expect(await statusOf(stream)).toMatchObject({ code: status.UNIMPLEMENTED })
})

test('a caller that leaves cancels the call at the backend', async () => {
  const cancelled: boolean[] = []
  talk = (stream) => {
    stream.on('cancelled', () => cancelled.push(true))
    stream.write(Buffer.from('started'))
  }
  const stream = call()
  await once(stream, 'data')
  const told = statusOf(stream)
  stream.cancel()
  expect(await told).toMatchObject({ code: status.CANCELLED })
  await until(() => cancelled.length === 1 && proxy.ends.length === 1)
  expect(proxy.ends).toMatchObject([{ kind: expect.stringMatching(/cancelled|upload-failed/) as string }])
})

test('many calls share one connection', async () => {
  talk = (stream) => {
    stream.on('data', (bytes: Buffer) => stream.write(bytes))
    stream.on('end', () => stream.end())
  }
  const statuses = Array.from({ length: 50 }, (_, index) => {
    const stream = call()
    stream.on('data', () => stream.end())
    stream.write(Buffer.from(String(index)))
    return statusOf(stream)
  })
  const told = await Promise.all(statuses)
  expect([told.every(({ code }) => code === status.OK), endpoint.activeConnections]).toEqual([true, 1])
})

test('an upload that an HTTP/2 caller resets is broken at the backend too, never ended', async () => {
  const backend = await answeringH2()
  const pure = new Endpoint(backend.url, wheel, { protocol: 'h2c' })
  const through = await h2Proxy(pure)
  const session = connect(`http://127.0.0.1:${through.port}`)
  const request = session.request({ ':method': 'POST', ':path': '/' })
  request.on('error', () => {})
  request.write('half')
  await until(() => backend.streams[0]?.body === 'half')
  request.destroy(new Error('caller broke'))
  await until(() => backend.streams[0]?.closed !== undefined)
  expect(backend.streams[0]).toMatchObject({ body: 'half', ended: false, closed: constants.NGHTTP2_CANCEL })
  session.destroy()
  await pure.destroy()
  await Promise.all([through.close(), backend.close()])
})
