/** Balancing and health checks of the endpoints of a backend, as schemas. */

import { z } from 'zod'

import * as defaults from './defaults.ts'
import { isHostValue } from './header-fields.ts'
import type { BalanceInput, HealthCheckInput } from './input.ts'
import { checkedText, conforming, duration, fieldName, integer, strict, token } from './schema-values.ts'
import type { BalanceConfig, HealthCheckConfig, StatusRangeConfig } from './types-endpoints.ts'

const most = Number.MAX_SAFE_INTEGER

const plainTypes = ['round-robin', 'least-request', 'random', 'peak-ewma'] as const
const hashTypes = ['ring-hash', 'maglev'] as const
const typesText = [...plainTypes, ...hashTypes].join(', ')

const plainType = () => z.enum(plainTypes, { error: typesText })
const hashType = () => z.enum(hashTypes, { error: typesText })

const hashKey = () =>
  z.union(
    [
      z.literal('address', { error: 'address' }),
      strict({ header: fieldName }),
      strict({ cookie: token('the name of a cookie') }),
    ],
    { error: 'address, { header }, or { cookie }' },
  )

const hashKeys = () =>
  z.union([hashKey().transform((one) => [one]), z.array(hashKey(), { error: 'a list of keys' }).min(1).max(16)], {
    error: 'address, { header }, { cookie }, or a list of them',
  })

export const balanceSchema = (): z.ZodType<BalanceConfig, BalanceInput> =>
  conforming<BalanceConfig, BalanceInput>()(
    z.union(
      [
        z.enum([...plainTypes, ...hashTypes], { error: typesText }).transform((type): BalanceConfig => {
          return type === 'ring-hash' || type === 'maglev' ? { type, by: defaults.hashBy() } : { type }
        }),
        z.discriminatedUnion(
          'type',
          [strict({ type: plainType() }), strict({ type: hashType(), by: hashKeys().default(defaults.hashBy) })],
          { error: (issue: z.core.$ZodRawIssue) => (issue.code === 'invalid_type' ? 'type, by' : typesText) },
        ),
      ],
      { error: `${typesText}, or an object with the key type` },
    ),
  )

const status = () => integer(200, 599, 'a final status')
const rangeText = 'a status from 200 to 599, or two of them such as 200-299'

const statusText = () =>
  z
    .string({ error: rangeText })
    .regex(/^[2-5]\d\d(-[2-5]\d\d)?$/, { error: rangeText })
    .transform((text): StatusRangeConfig => {
      const [from = 0, to = from] = text.split('-').map(Number)
      return { from, to }
    })

const statusRange = () =>
  z
    .union(
      [
        status().transform((code): StatusRangeConfig => ({ from: code, to: code })),
        statusText(),
        strict({ from: status(), to: status() }),
      ],
      {
        error: rangeText,
      },
    )
    .check((context) => {
      const { from, to } = context.value
      if (from <= to) return
      const params = { wrong: 'it ends before it begins' }
      context.issues.push({ code: 'custom', message: rangeText, params, input: `${from}-${to}`, continue: true })
    })

const checkPath = () =>
  checkedText('a path such as /health, perhaps with a query', (value) =>
    /^\/[!-~]*$/.test(value) && !value.includes('#') ? undefined : 'it is no path that can be sent',
  )

const checkHost = () =>
  checkedText('a host, or host:port', (value) => (isHostValue(value) ? undefined : 'it is no value of a field host'))

export const healthCheckSchema = (): z.ZodType<HealthCheckConfig, HealthCheckInput> =>
  conforming<HealthCheckConfig, HealthCheckInput>()(
    strict({
      path: checkPath().default(defaults.healthCheck.path),
      method: z
        .enum(['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'], { error: 'GET, HEAD or another method' })
        .default(defaults.healthCheck.method),
      host: checkHost().exactOptional(),
      interval: duration(1).default(defaults.healthCheck.intervalMs),
      timeout: duration(1).default(defaults.healthCheck.timeoutMs),
      healthy: integer(1, most, 'successes in a row').default(defaults.healthCheck.healthy),
      unhealthy: integer(1, most, 'failures in a row').default(defaults.healthCheck.unhealthy),
      statuses: z
        .array(statusRange(), { error: 'a list of statuses' })
        .min(1)
        .default(() => [{ from: 200, to: 299 }]),
    }),
  )
