import { createServer, type Server, type TLSSocket } from 'node:tls'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { ClockWheel, Endpoint, type EndpointTls } from '../src/index.ts'
import { run } from './support/collector.ts'
import { testCertificate, testKey } from './support/certificate.ts'
import { until } from './support/raw-server.ts'

const wheel = new ClockWheel()
let server: Server | undefined
let endpoint: Endpoint | undefined

afterEach(async () => {
  await endpoint?.destroy()
  await new Promise<void>((resolve) => {
    if (server === undefined) resolve()
    else server.close(() => resolve())
  })
})

interface Seen {
  readonly names: (string | false | null | undefined)[]
  connections: number
}

async function secureEndpoint(tls: EndpointTls | undefined): Promise<Seen> {
  const seen: Seen = { names: [], connections: 0 }
  server = createServer({ key: testKey, cert: testCertificate }, (socket: TLSSocket) => {
    seen.connections++
    seen.names.push(socket.servername)
    socket.on('error', () => {})
    socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'))
  })
  await new Promise<void>((resolve) => {
    server?.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  endpoint = new Endpoint(`https://127.0.0.1:${port}`, wheel, tls === undefined ? {} : { tls })
  return seen
}

function current(): Endpoint {
  if (endpoint === undefined) throw new TypeError('no endpoint')
  return endpoint
}

test('an unknown certificate is a failure to connect', async () => {
  await secureEndpoint(undefined)
  expect((await run(current())).failure).toMatchObject({ kind: 'connect-failure', sent: false })
})

test.for<[string, EndpointTls]>([
  ['its authority is given', { ca: testCertificate }],
  ['its authority is given in a list', { ca: [Buffer.from(testCertificate)] }],
  ['any certificate is accepted', { rejectUnauthorized: false }],
])('a certificate is taken when %s', async ([, tls]) => {
  await secureEndpoint(tls)
  expect(await run(current())).toMatchObject({ body: 'ok', ended: true })
})

test('a certificate for another name is a failure to connect', async () => {
  await secureEndpoint({ ca: testCertificate, servername: 'other.test' })
  expect((await run(current())).failure).toMatchObject({ kind: 'connect-failure', sent: false })
})

test('the Host of a request chooses neither the name of the handshake nor a new connection', async () => {
  const seen = await secureEndpoint({ ca: testCertificate, servername: 'model.test' })
  for (const host of ['one.example', 'two.example:8443', 'model.test']) {
    expect(await run(current(), { headers: ['host', host] })).toMatchObject({ body: 'ok', ended: true })
    await until(() => current().idleConnections === 1)
  }
  expect(seen).toEqual({ names: ['model.test'], connections: 1 })
})
