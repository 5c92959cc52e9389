/** Fallbacks, retries and clocks as schemas. Whether the backends that they name exist is for `references.ts`. */

import { z } from 'zod'

import * as defaults from './defaults.ts'
import type {
  ConditionInput,
  EarlyHeadInput,
  FallbackConditionInput,
  FallbackInput,
  RetryInput,
  TimeoutsInput,
} from './input.ts'
import {
  conditionText,
  conforming,
  duration,
  fallbackConditionText,
  integer,
  name,
  strict,
  refuseShorter,
} from './schema-values.ts'
import type { BackoffConfig, EarlyHeadConfig, FallbackConfig, RetryConfig, TimeoutsConfig } from './types-attempts.ts'
import { conditionNames, errorClassNames } from './types-values.ts'
import type { ConditionName, FallbackConditionName } from './types-values.ts'

const statusCode = () => integer(400, 599, 'a status')

/** Text that is neither a status nor a name ends up here: `error` lists both. */
const statusText = (error: string): z.ZodType<number, string> =>
  z
    .string({ error })
    .regex(/^[45][0-9][0-9]$/)
    .transform(Number)

const condition = () =>
  conforming<ConditionName, ConditionInput>()(
    z.union([z.enum(conditionNames, { error: conditionText }), statusCode(), statusText(conditionText)], {
      error: conditionText,
    }),
  )

const fallbackCondition = () =>
  conforming<FallbackConditionName, FallbackConditionInput>()(
    z.union(
      [
        z.enum([...conditionNames, ...errorClassNames], { error: fallbackConditionText }),
        statusCode(),
        statusText(fallbackConditionText),
      ],
      { error: fallbackConditionText },
    ),
  )

export const fallbackSchema = (): z.ZodType<FallbackConfig, FallbackInput> =>
  conforming<FallbackConfig, FallbackInput>()(
    strict({
      backends: z.array(name('the name of a backend'), { error: 'a list of at least one backend' }).min(1),
      on: z
        .array(fallbackCondition(), { error: `a list of conditions: ${fallbackConditionText}` })
        .min(1)
        .default([...defaults.fallbackOn]),
    }),
  )

const backoff = () =>
  strict({
    type: z.enum(['full-jitter', 'minimum'], { error: 'full-jitter or minimum' }).default(defaults.backoff.type),
    base: duration(0, 'repeats at once').default(defaults.backoff.baseMs),
    max: duration(0).exactOptional(),
  }).transform(({ max, ...rest }, context) => {
    const longest = max ?? Math.min(rest.base * defaults.backoff.maxFactor, defaults.maxDurationMs)
    refuseShorter(context, ['max', longest], ['base', rest.base])
    return { ...rest, max: longest }
  })

// Whole values, not `{}` to be filled in by the schema: a literal would bring along what somebody put on Object.prototype.
function defaultBackoff(): BackoffConfig {
  const { type, baseMs, maxFactor } = defaults.backoff
  return { type, base: baseMs, max: baseMs * maxFactor }
}

export const retrySchema = (): z.ZodType<RetryConfig, RetryInput> =>
  conforming<RetryConfig, RetryInput>()(
    strict({
      retries: integer(0, 1000, 'further attempts'),
      on: z
        .array(condition(), { error: `a list of conditions: ${conditionText}` })
        .min(1)
        .default([...defaults.retryOn]),
      perTry: duration(0, 'turns the clock off').exactOptional(),
      backoff: backoff().default(defaultBackoff),
    }),
  )

const clock = () => duration(0, 'turns the clock off')

export const timeoutsSchema = (): z.ZodType<TimeoutsConfig, TimeoutsInput> =>
  conforming<TimeoutsConfig, TimeoutsInput>()(
    strict({
      request: clock().exactOptional(),
      backend: clock().exactOptional(),
      headers: clock().exactOptional(),
      firstEvent: clock().exactOptional(),
      idle: clock().default(defaults.idleTimeoutMs),
    }).check((context) => {
      const { request = 0, backend = 0 } = context.value
      if (request === 0 || backend <= request) return
      const params = { wrong: `one attempt may take longer than the whole request (${request}ms)` }
      const message = 'at most timeouts.request, or a request of 0'
      context.issues.push({ code: 'custom', message, params, path: ['backend'], input: backend })
    }),
  )

export const earlyHeadSchema = (): z.ZodType<EarlyHeadConfig, EarlyHeadInput> =>
  conforming<EarlyHeadConfig, EarlyHeadInput>()(
    strict({
      after: duration(1).default(defaults.earlyHead.afterMs),
      every: duration(1).default(defaults.earlyHead.everyMs),
    }),
  )
