/** What bounds the requests of one backend, as schemas: breaker, outlier detection, capacity, retry budget. */

import { z } from 'zod'

import * as defaults from './defaults.ts'
import type { BreakerInput, CapacityInput, OutlierDetectionInput, RetryBudgetInput } from './input.ts'
import { conforming, duration, integer, strict, refuseShorter } from './schema-values.ts'
import type { BreakerConfig, CapacityConfig, OutlierDetectionConfig, RetryBudgetConfig } from './types-backends.ts'

const most = Number.MAX_SAFE_INTEGER

export const breakerSchema = (): z.ZodType<BreakerConfig, BreakerInput> =>
  conforming<BreakerConfig, BreakerInput>()(
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
      refuseShorter(context, ['maxOpenFor', longest], ['openFor', rest.openFor])
      return { ...rest, maxOpenFor: longest }
    }),
  )

export const outlierDetectionSchema = (): z.ZodType<OutlierDetectionConfig, OutlierDetectionInput> =>
  conforming<OutlierDetectionConfig, OutlierDetectionInput>()(
    strict({
      consecutive5xx: integer(0, most, 'failures in a row (0 is off)').default(
        defaults.outlierDetection.consecutive5xx,
      ),
      interval: duration(1).default(defaults.outlierDetection.intervalMs),
      baseEjectionTime: duration(1).default(defaults.outlierDetection.baseEjectionMs),
      maxEjectionPercent: integer(0, 100, 'a percentage').default(defaults.outlierDetection.maxEjectionPercent),
    }),
  )

export const capacitySchema = (): z.ZodType<CapacityConfig, CapacityInput> =>
  conforming<CapacityConfig, CapacityInput>()(
    strict({
      maxRequests: integer(0, most, 'requests in flight').default(defaults.maxRequests),
      maxConnections: integer(1, most, 'connections').exactOptional(),
      maxPending: integer(0, most, 'waiting requests').default(defaults.maxPending),
      maxRetries: integer(0, most, 'repeats in flight').exactOptional(),
      maxRequestsPerConnection: integer(1, most, 'requests on one connection').exactOptional(),
    }),
  )

const percentage = () => z.number({ error: 'a percentage: a number from 0 to 100' }).min(0).max(100)

const retryBudget = () =>
  conforming<RetryBudgetConfig, RetryBudgetInput>()(
    strict({
      percent: percentage().default(defaults.retryBudget.percent),
      window: duration(1).default(defaults.retryBudget.windowMs),
      minimum: integer(0, most, 'repeats in a window').default(defaults.retryBudget.minimum),
      concurrent: strict({
        percent: percentage().default(defaults.retryConcurrency.percent),
        minimum: integer(0, most, 'repeats in flight').default(defaults.retryConcurrency.minimum),
      }).exactOptional(),
    }),
  )

function defaultBudget(): RetryBudgetConfig {
  const { percent, windowMs, minimum } = defaults.retryBudget
  return { percent, window: windowMs, minimum }
}

export const retryBudgetSchema = (): z.ZodDefault<
  z.ZodType<RetryBudgetConfig | false, RetryBudgetInput | false | undefined>
> =>
  z
    .union([z.literal(false), retryBudget()], { error: 'false, or an object with percent, window and minimum' })
    .default(defaultBudget)
