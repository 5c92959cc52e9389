/** The handler is one for Express, which the package's own types do not import. */

import express from 'express'
import type { RequestHandler } from 'express'
import type { Gateway } from 'headgate'
import { expectTypeOf } from 'vitest'
import { expressGate, keepRawBody } from './index.ts'

declare const gate: Gateway<'backend', 'route'>

expectTypeOf(expressGate(gate)).toExtend<RequestHandler>()
express().use(expressGate(gate))
express().use('/llm', expressGate(gate, { stripPrefix: '/llm' }))
express().post('/v1/*path', expressGate(gate))
express.Router().use(expressGate(gate))
express.json({ verify: keepRawBody })
express.urlencoded({ verify: keepRawBody, extended: true })

// @ts-expect-error the option is called stripPrefix
expressGate(gate, { prefix: '/llm' })
