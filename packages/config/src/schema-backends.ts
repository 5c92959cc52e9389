/** Backends, their endpoints and bounds as schemas. It knows no other part of the config. */

import { z } from 'zod'

import * as defaults from './defaults.ts'
import { endpointOrigin, endpointProblem } from './endpoint-url.ts'
import { fieldValuePattern, isHostValue, reservedFieldProblem } from './header-fields.ts'
import type { BackendInput, BreakerInput, RetryBudgetInput } from './input.ts'
import { checkedText, conforming, duration, integer, name, strict, token } from './schema-values.ts'
import type {
  BackendConfig,
  BreakerConfig,
  EndpointConfig,
  HeaderConfig,
  RetryBudgetConfig,
  SecretRef,
} from './types.ts'

const most = Number.MAX_SAFE_INTEGER

const url = checkedText(
  'a URL of scheme, host and port, such as http://vllm-0:8000 or https://api.example.com',
  endpointProblem,
).transform(endpointOrigin)

const endpoint = conforming<EndpointConfig, string | EndpointConfig>()(
  z.union([url.transform((value) => ({ url: value })), strict({ url })], {
    error: 'a URL, or an object with the key url',
  }),
)

const headerValue = z
  .string({ error: 'text without line breaks, NUL and other control characters' })
  .regex(fieldValuePattern)

const secretText = 'exactly one of env, file and secret'

const secret = conforming<SecretRef, SecretRef>()(
  strict({
    env: z
      .string({ error: 'the name of an environment variable' })
      .regex(/^[^=\0]+$/)
      .exactOptional(),
    file: z
      .string({ error: 'the path of a file' })
      .regex(/^[^\0]+$/)
      .exactOptional(),
    secret: z
      .string({ error: 'a Kubernetes Secret as namespace/name/key' })
      .regex(/^[^/\s]+\/[^/\s]+\/[^/\s]+$/)
      .exactOptional(),
    prefix: headerValue.exactOptional(),
  })
    .meta({ oneOf: [{ required: ['env'] }, { required: ['file'] }, { required: ['secret'] }] })
    .transform((reference, context): SecretRef => {
      const { env, file, secret: key, prefix } = reference
      const more = prefix === undefined ? {} : { prefix }
      if (env !== undefined && file === undefined && key === undefined) return { env, ...more }
      if (file !== undefined && env === undefined && key === undefined) return { file, ...more }
      if (key !== undefined && env === undefined && file === undefined) return { secret: key, ...more }
      const count = [env, file, key].filter((place) => place !== undefined).length
      const wrong = count === 0 ? 'the reference is empty' : 'the reference names more than one place'
      context.issues.push({ code: 'custom', message: secretText, params: { wrong }, input: reference })
      return z.NEVER
    }),
)

const header = conforming<HeaderConfig, HeaderConfig>()(
  strict({
    name: token('the name of a header field'),
    value: z.union([headerValue, secret], { error: `text, or a reference: ${secretText}` }),
  }).check((context) => {
    const { name: field, value } = context.value
    const wrong = reservedFieldProblem(field, 'request', 'set')
    if (wrong !== undefined) {
      context.issues.push({ code: 'custom', message: 'another field', params: { wrong }, path: ['name'], input: field })
    }
    if (field.toLowerCase() === 'host' && typeof value === 'string' && !isHostValue(value)) {
      const expected = 'a host, or host:port'
      context.issues.push({ code: 'custom', message: expected, path: ['value'], input: value })
    }
  }),
)

const breaker = conforming<BreakerConfig, BreakerInput>()(
  strict({
    failures: integer(0, most, 'failures in a row (0 turns this condition off)').default(defaults.breaker.failures),
    openFor: duration(1).default(defaults.breaker.openMs),
    maxOpenFor: duration(1).exactOptional(),
    probes: integer(1, most, 'probes').default(defaults.breaker.probes),
    ratio: strict({
      threshold: z.number({ error: 'a share above 0, at most 1' }).gt(0).max(1),
      window: duration(1),
      minimum: integer(1, most, 'requests in a window'),
    }).exactOptional(),
    maxOpenPercent: integer(0, 100, 'a percentage').default(defaults.breaker.maxOpenPercent),
  }).transform(({ maxOpenFor, ...rest }, context) => {
    const longest = maxOpenFor ?? Math.min(rest.openFor * defaults.breaker.maxOpenFactor, defaults.maxDurationMs)
    if (longest < rest.openFor) {
      const params = { wrong: 'it is shorter than openFor' }
      context.issues.push({
        code: 'custom',
        message: `at least openFor, ${rest.openFor}ms`,
        params,
        path: ['maxOpenFor'],
        input: longest,
      })
    }
    return { ...rest, maxOpenFor: longest }
  }),
)

const capacity = strict({
  maxRequests: integer(1, most, 'requests in flight').default(defaults.maxRequests),
  maxConnections: integer(1, most, 'connections').exactOptional(),
})

const retryBudget = conforming<RetryBudgetConfig, RetryBudgetInput>()(
  strict({
    percent: z
      .number({ error: 'a percentage: a number from 0 to 100' })
      .min(0)
      .max(100)
      .default(defaults.retryBudget.percent),
    window: duration(1).default(defaults.retryBudget.windowMs),
    minimum: integer(0, most, 'repeats in a window').default(defaults.retryBudget.minimum),
  }),
)

function defaultBudget(): RetryBudgetConfig {
  const { percent, windowMs, minimum } = defaults.retryBudget
  return { percent, window: windowMs, minimum }
}

export const backendSchema: z.ZodType<BackendConfig, BackendInput> = conforming<BackendConfig, BackendInput>()(
  strict({
    name: name('the name of a backend'),
    pool: name('the name of a pool').exactOptional(),
    endpoints: z.array(endpoint, { error: 'a list of endpoints' }).default([]),
    breaker: breaker.exactOptional(),
    capacity: capacity.exactOptional(),
    connectTimeout: duration(1).default(defaults.connectTimeoutMs),
    retryBudget: z
      .union([z.literal(false), retryBudget], { error: 'false, or an object with percent, window and minimum' })
      .default(defaultBudget),
    headers: z.array(header, { error: 'a list of header fields, each with name and value' }).exactOptional(),
  }),
)
