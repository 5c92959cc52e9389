/** The listeners of the specification's Gateway: HTTPS, HTTP with its redirect, gRPC over TLS. */

import { createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { connect as connectHttp2 } from 'node:http2'
import type { IncomingHttpHeaders } from 'node:http2'
import { connect as connectTls } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { base, startBlocks } from './blocks.ts'
import { certificate } from './certificate.ts'

const services = { 'chat-completion-service.ai-gateway:8000': undefined }

describe('https', () => {
  test('shows the certificate of the Secret and serves its host alone', async () => {
    await using gate = await startBlocks([...base, 'path-routing'], services)
    expect(await gate.ask({ listener: 'https' })).toMatchObject({ status: 200, from: 'chat-completion-service' })
    const { port } = gate.address('https')
    const socket = connectTls({ host: '127.0.0.1', port, servername: 'inference.example.com', ca: certificate })
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
    expect(socket.getPeerX509Certificate()?.toString()).toBe(certificate)
    socket.destroy()
    expect((await gate.ask({ listener: 'https', host: 'inference-grpc.example.com' })).status).toBe(404)
  })

  test('the route that names no listener is on http and on https, and that is told', async () => {
    await using gate = await startBlocks([...base, 'path-routing'], services)
    expect((await gate.ask({ listener: 'http' })).from).toBe('chat-completion-service')
    expect(gate.diagnostics).toContainEqual(expect.objectContaining({ code: 'served-in-cleartext' }))
  })
})

describe('http, with the redirect that its comment promises', () => {
  test('sends callers to https', async () => {
    await using gate = await startBlocks([...base, 'header-routing', 'redirect'], {
      'vllm-gpt4-service.ai-inference:8000': undefined,
    })
    const reply = await gate.ask({ path: '/v1/models?a=b' })
    expect([reply.status, reply.headers.location]).toEqual([301, 'https://inference.example.com/v1/models?a=b'])
    const headers = { 'x-model-id': 'gpt-4' }
    expect((await gate.ask({ headers })).status).toBe(301)
    expect((await gate.ask({ listener: 'https', headers })).from).toBe('vllm-gpt4-service')
    expect(gate.diagnostics.map(({ code }) => code)).not.toContain('served-in-cleartext')
  })
})

describe('grpc', () => {
  test('takes GRPCRoutes alone, over HTTP/2, with messages and trailers', async () => {
    const backend = createServer()
    backend.on('stream', (stream, headers) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'x-path': String(headers[':path']) }))
      stream.pipe(stream)
    })
    await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve))
    const { port } = backend.address() as AddressInfo
    const slice = `apiVersion: v1
kind: Service
metadata: { name: triton-service, namespace: ai-gateway }
spec: { ports: [{ name: grpc, port: 8001 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: triton-service-1
  namespace: ai-gateway
  labels: { kubernetes.io/service-name: triton-service }
addressType: IPv4
endpoints: [{ addresses: [127.0.0.1] }]
ports: [{ name: grpc, port: ${port} }]`
    await using gate = await startBlocks([...base, 'path-routing', 'grpc-route'], services, { more: slice })
    const call = await callGrpc(gate.address('grpc').port, '/inference.GRPCInferenceService/ModelInfer')
    expect(call).toMatchObject({
      status: 200,
      message: 'a message',
      trailers: { 'grpc-status': '0', 'x-path': '/inference.GRPCInferenceService/ModelInfer' },
    })
    const unknown = await callGrpc(gate.address('grpc').port, '/other.Service/Method')
    expect(unknown.headers['grpc-status']).toBe('12')
    // An HTTPRoute is not taken by this listener.
    expect((await callGrpc(gate.address('grpc').port, '/v1/embeddings')).headers['grpc-status']).toBe('12')
    backend.close()
  })
})

interface Call {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly message: string
  readonly trailers: IncomingHttpHeaders
}

function callGrpc(port: number, path: string): Promise<Call> {
  const host = 'inference-grpc.example.com'
  const session = connectHttp2(`https://127.0.0.1:${port}`, { servername: host, ca: certificate })
  const { promise, resolve, reject } = Promise.withResolvers<Call>()
  const fields = { 'content-type': 'application/grpc', te: 'trailers' }
  const stream = session.request({ ':method': 'POST', ':path': path, ':authority': host, ...fields })
  let headers: IncomingHttpHeaders = {}
  let trailers: IncomingHttpHeaders = {}
  let message = ''
  stream.setEncoding('utf8')
  stream.on('response', (found) => (headers = found))
  stream.on('trailers', (found) => (trailers = found))
  stream.on('data', (text: string) => (message += text))
  stream.on('error', reject)
  stream.on('end', () => {
    session.close()
    resolve({ status: Number(headers[':status']), headers, message, trailers })
  })
  stream.end('a message')
  return promise
}
