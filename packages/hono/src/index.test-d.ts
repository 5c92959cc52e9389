/** The middleware fits applications with bindings and variables of their own, and its options are checked. */

import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import type { Gateway } from 'headgate'
import { honoGate } from './index.ts'

declare const gate: Gateway<'backend', 'route'>

new Hono().use(honoGate(gate))
new Hono().all('/v1/*', honoGate(gate, { raw: true, stripPrefix: '/v1' }))
new Hono<{ Bindings: HttpBindings; Variables: { user: string } }>().post('/v1/*', honoGate(gate))

// @ts-expect-error the option is called stripPrefix
honoGate(gate, { prefix: '/llm' })
