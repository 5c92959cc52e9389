/** node:http passes the contract of all mounts. */

import { createServer } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { mountSuite, passThroughSuite } from '@headgate/suites'
import type { Mount } from '@headgate/suites'
import { Gateway } from '../src/gateway.ts'
import { nodeHandler } from '../src/mounts/node-mount.ts'
import { listen } from './listen.ts'

const mount: Mount = async ({ config, stripPrefix, bodyParser }) => {
  const gate = new Gateway(config)
  const bodies = new WeakMap<object, Buffer>()
  const handle = nodeHandler(gate, {
    ...(stripPrefix === undefined ? {} : { stripPrefix }),
    readBody: (request) => bodies.get(request),
  })
  const server = createServer((request, response) => {
    if (bodyParser !== true) return handle(request, response)
    // No parser comes with node:http: this one is what people write themselves.
    void buffer(request).then((body) => {
      bodies.set(request, body)
      handle(request, response)
    })
  })
  return listen(server, gate)
}

const traits = {
  name: 'node:http',
  modes: ['raw'],
  next: false,
  supportsRawBody: true,
  trailers: true,
  exceptions: {},
} as const

mountSuite(traits, mount)
passThroughSuite(traits, mount)
