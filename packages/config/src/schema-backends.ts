/** Backends and their endpoints as schemas. It knows no other part of the config. */

import { z } from 'zod'

import * as defaults from './defaults.ts'
import { endpointOrigin, endpointProblem } from './endpoint-url.ts'
import { isHostValue, reservedFieldProblem } from './header-fields.ts'
import type { BackendInput } from './input.ts'
import { fallbackSchema } from './schema-attempts.ts'
import { breakerSchema, capacitySchema, outlierDetectionSchema, retryBudgetSchema } from './schema-bounds.ts'
import { balanceSchema, healthCheckSchema } from './schema-endpoints.ts'
import { secretSchema, secretText } from './schema-secret.ts'
import { sessionSchema } from './schema-sessions.ts'
import {
  checkedText,
  conforming,
  duration,
  fieldName,
  fieldValue,
  integer,
  name,
  origin,
  preciseHostname,
  strict,
} from './schema-values.ts'
import type { BackendConfig, BackendTlsConfig, EndpointConfig, HeaderConfig } from './types-backends.ts'

const url = () =>
  checkedText(
    'a URL of scheme, host and port, such as http://vllm-0:8000 or https://api.example.com',
    endpointProblem,
  ).transform(endpointOrigin)

const endpoint = () =>
  conforming<EndpointConfig, string | EndpointConfig>()(
    z.union([url().transform((value) => ({ url: value })), strict({ url: url() })], {
      error: 'a URL, or an object with the key url',
    }),
  )

const header = () =>
  conforming<HeaderConfig, HeaderConfig>()(
    strict({
      name: fieldName,
      value: z.union([fieldValue, secretSchema()], { error: `text, or a reference: ${secretText}` }),
    }).check((context) => {
      const { name: field, value } = context.value
      const wrong = reservedFieldProblem(field, 'request', 'set')
      if (wrong !== undefined) {
        context.issues.push({
          code: 'custom',
          message: 'another field',
          params: { wrong },
          path: ['name'],
          input: field,
        })
      }
      if (field.toLowerCase() === 'host' && typeof value === 'string' && !isHostValue(value)) {
        const expected = 'a host, or host:port'
        context.issues.push({ code: 'custom', message: expected, path: ['value'], input: value })
      }
    }),
  )

const tls = () =>
  conforming<BackendTlsConfig, BackendTlsConfig>()(
    strict({
      ca: z.array(secretSchema(), { error: 'a list of references to PEM texts' }).exactOptional(),
      servername: preciseHostname.exactOptional(),
    }),
  )

export const backendSchema = (): z.ZodType<BackendConfig, BackendInput> =>
  conforming<BackendConfig, BackendInput>()(
    strict({
      name: name('the name of a backend'),
      pool: name('the name of a pool').exactOptional(),
      endpoints: z.array(endpoint(), { error: 'a list of endpoints' }).default([]),
      breaker: breakerSchema().exactOptional(),
      capacity: capacitySchema().exactOptional(),
      connectTimeout: duration(1).default(defaults.connectTimeoutMs),
      retryBudget: retryBudgetSchema(),
      headers: z.array(header(), { error: 'a list of header fields, each with name and value' }).exactOptional(),
      model: z.string({ error: 'the name of a model' }).min(1).max(1024).exactOptional(),
      protocol: z.enum(['http1', 'h2', 'h2c'], { error: 'http1, h2 or h2c' }).default(defaults.backendProtocol),
      tls: tls().exactOptional(),
      fallback: fallbackSchema().exactOptional(),
      session: sessionSchema().exactOptional(),
      outlierDetection: outlierDetectionSchema().exactOptional(),
      balance: balanceSchema().default(defaults.balance),
      healthCheck: healthCheckSchema().exactOptional(),
      panicThreshold: integer(0, 100, 'a percentage (0 is off)').default(defaults.panicThreshold),
      origin: origin.exactOptional(),
    }).check((context) => {
      const { protocol, endpoints } = context.value
      if (protocol === 'http1') return
      const scheme = protocol === 'h2' ? 'https:' : 'http:'
      for (const [index, { url: at }] of endpoints.entries()) {
        if (at.startsWith(scheme)) continue
        const params = {
          wrong: `the protocol ${protocol} is spoken ${protocol === 'h2' ? 'over TLS' : 'without TLS'} only`,
        }
        const message = `a URL of the scheme ${scheme}//, or another protocol`
        context.issues.push({ code: 'custom', message, params, path: ['endpoints', index], input: at, continue: true })
      }
    }),
  )
