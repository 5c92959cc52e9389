/** Express 4 and 5 pass the contract of all mounts, with a JSON parser in front too. */

import { applicationBody, mountSuite, passThroughSuite } from '@headgate/suites'
import type { Mount, MountTraits } from '@headgate/suites'
import express from 'express'
import express4 from 'express4'
import { Gateway } from 'headgate'
import { expressGate, keepRawBody } from '../src/index.ts'
import { listen } from './server.ts'

const expresses = { 5: express, 4: express4 }

function mountOn(version: 4 | 5, keepsRawBody: boolean): Mount {
  return async ({ config, prefix, stripPrefix, bodyParser }) => {
    const gate = new Gateway(config)
    gate.on('warning', () => {})
    const app = expresses[version]()
    const { json } = expresses[version]
    app.disable('x-powered-by')
    if (bodyParser === true) app.use(keepsRawBody ? json({ verify: keepRawBody }) : json())
    app.use(prefix ?? '/', expressGate(gate, stripPrefix === undefined ? {} : { stripPrefix }))
    app.use((_request, response) => {
      response.send(applicationBody)
    })
    const server = await listen(app)
    const close = async (): Promise<void> => {
      await server.close()
      await gate.close()
    }
    return { url: server.url, hooks: [], close }
  }
}

const traits: Omit<MountTraits, 'name' | 'supportsRawBody'> = {
  modes: ['raw'],
  next: true,
  trailers: true,
  exceptions: {},
}

for (const version of [5, 4] as const) {
  const name = `Express ${version}`
  mountSuite({ ...traits, name: `${name} with keepRawBody`, supportsRawBody: true }, mountOn(version, true))
  mountSuite({ ...traits, name, supportsRawBody: false }, mountOn(version, false))
  passThroughSuite({ name, modes: ['raw'] }, mountOn(version, false))
}
