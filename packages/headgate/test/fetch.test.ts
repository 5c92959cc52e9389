/** The fetch mount passes the contract of all mounts, behind a small bridge from node:http. */

import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { mountSuite, passThroughSuite } from '@headgate/suites'
import type { Mount } from '@headgate/suites'
import { fetchHandler } from '../src/mounts/fetch-mount.ts'
import { Gateway } from '../src/gateway.ts'
import { answer, requestOf } from './fetch-bridge.ts'
import { listen } from './listen.ts'

const mount: Mount = async ({ config, stripPrefix, bodyParser }) => {
  const hooks: string[] = []
  const gate = new Gateway(config)
  const handle = fetchHandler(gate, stripPrefix === undefined ? {} : { stripPrefix })
  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const request = requestOf(incoming, outgoing)
    const body = bodyParser === true ? Buffer.from(await request.arrayBuffer()) : undefined
    const remoteAddress = incoming.socket.remoteAddress ?? ''
    const given = body === undefined ? { remoteAddress } : { remoteAddress, readBody: () => Promise.resolve(body) }
    const response = await handle(request, given)
    hooks.push(`response ${response.status}`)
    await answer(response, outgoing)
  }
  const server = createServer((incoming, outgoing) => void serve(incoming, outgoing))
  return { ...(await listen(server, gate)), hooks }
}

const traits = {
  name: 'fetch',
  modes: ['framework'],
  next: false,
  supportsRawBody: true,
  trailers: false,
  exceptions: {},
} as const

mountSuite(traits, mount)
passThroughSuite(traits, mount)
