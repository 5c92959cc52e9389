// A mini proxy that speaks HTTP/2 on both sides: node:http2 for the caller, an attempt for the backend. It decides nothing.

import { createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import {
  Attempt,
  BodyBudget,
  RequestBody,
  requestHeaders,
  type AttemptFailure,
  type Endpoint,
} from '../../src/index.ts'
import { noClocks } from './collector.ts'

export interface H2Proxy {
  readonly port: number
  /** How the attempts ended: `ended`, or the failure. */
  readonly ends: ('ended' | AttemptFailure)[]
  close(): Promise<void>
}

export async function h2Proxy(endpoint: Endpoint): Promise<H2Proxy> {
  const ends: ('ended' | AttemptFailure)[] = []
  const budget = new BodyBudget(1_000_000)
  const server = createServer((request, response) => {
    const body = RequestBody.stream(request, undefined, 0, budget)
    const attempt = new Attempt(endpoint, endpoint.wheel, noClocks, {
      attemptHead: (_attempt, status, _statusText, flat) => {
        for (const [name, values] of Object.entries(fieldsOf(flat))) response.setHeader(name, values)
        // In one frame with END_STREAM: gRPC reads its status from the head then.
        response.statusCode = status
        if (attempt.headAlone) response.end()
        else response.writeHead(status)
      },
      attemptData: (_attempt, chunk) => response.write(chunk),
      attemptEnded: (_attempt, trailers) => {
        ends.push('ended')
        response.addTrailers(fieldsOf(trailers ?? []))
        if (!attempt.headAlone) response.end()
      },
      attemptFailed: (_attempt, failure) => {
        ends.push(failure)
        // Not `close()`, which would end the reply before it resets it.
        response.stream.destroy(new Error('the attempt failed'))
      },
    })
    response.on('error', () => {})
    response.on('drain', () => attempt.resume())
    response.on('close', () => {
      attempt.cancel()
      body.destroy()
    })
    const host = request.headers[':authority']
    const caller = { remoteAddress: '127.0.0.1', protocol: 'http', host, httpVersion: '2.0' } as const
    const fields = request.rawHeaders.filter((_, index, all) => !all[index & ~1]!.startsWith(':'))
    const headers = requestHeaders(fields, caller, { via: '2.0 test', trustedHops: 0 })
    attempt.start(request.method, request.url, headers, body.open(), body)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    port,
    ends,
    async close() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
    },
  }
}

function fieldsOf(flat: readonly string[]): Record<string, string[]> {
  const fields: Record<string, string[]> = {}
  for (let index = 0; index < flat.length; index += 2)
    (fields[flat[index]!.toLowerCase()] ??= []).push(flat[index + 1]!)
  return fields
}
