/** How the middleware sits in an application. */

import { json, rawRequest, reply, startUpstream } from '@headgate/testing'
import express from 'express'
import { Gateway } from 'headgate'
import { expect, onTestFinished, test } from 'vitest'
import { expressGate } from '../src/index.ts'
import { listen } from './server.ts'

async function gateTo(script = json({})) {
  const upstream = await startUpstream(script)
  const gate = new Gateway({
    version: 1,
    backends: [{ name: 'model', endpoints: [upstream.url] }],
    routes: [{ name: 'all', rules: [{ backends: [{ backend: 'model' }] }] }],
  })
  onTestFinished(async () => {
    await gate.close()
    await upstream.close()
  })
  return { upstream, gate }
}

async function serve(app: express.Express): Promise<string> {
  const server = await listen(app)
  onTestFinished(() => server.close())
  return server.url
}

test('fields and cookies that were set before stay beside those of the backend', async () => {
  const { gate } = await gateTo(
    reply({
      headers: [
        ['set-cookie', 'theirs=1'],
        ['x-both', 'theirs'],
      ],
    }),
  )
  const app = express()
  app.use((_request, response, next) => {
    response.setHeader('x-own', 'kept').setHeader('x-both', 'own').setHeader('set-cookie', ['a=1', 'b=2'])
    next()
  })
  app.use(expressGate(gate))
  const received = await rawRequest(await serve(app))
  expect([received.values('x-own'), received.values('x-both')]).toEqual([['kept'], ['theirs']])
  expect(received.values('set-cookie').toSorted()).toEqual(['a=1', 'b=2', 'theirs=1'])
})

test('below routers the original target is matched and forwarded', async () => {
  const { gate, upstream } = await gateTo()
  const app = express()
  const inner = express.Router()
  inner.use('/b', expressGate(gate))
  app.use('/a', inner)
  await rawRequest(await serve(app), { target: '/a/b/c?d=%2F' })
  expect(upstream.requests[0]?.target).toBe('/a/b/c?d=%2F')
})

test('a refused target is answered by the gateway and goes to no other handler', async () => {
  const { gate } = await gateTo()
  const app = express()
  app.use(expressGate(gate))
  app.use((_request, response) => {
    response.send('application')
  })
  const received = await rawRequest(await serve(app), { target: '/v1/../admin' })
  expect([received.status, received.header('x-headgate-error')]).toEqual([400, 'bad_target'])
})

test('a prefix that no path can have is refused at once', async () => {
  const { gate } = await gateTo()
  expect(() => expressGate(gate, { stripPrefix: 'llm' })).toThrow(RangeError)
})
