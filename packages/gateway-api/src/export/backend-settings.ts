/** Bounds and clocks of a backend in the words of the dialect: kgateway's BackendConfigPolicy, and Gateway API's retry budget. */

import { formatDuration } from '@headgate/config'
import type { BackendConfig, CapacityConfig, OutlierDetectionConfig, RetryBudgetConfig } from '@headgate/config'

import { healthCheckOf, loadBalancerOf, usualPanicThreshold } from './endpoint-settings.ts'
import type { ExportDialect } from './dialects.ts'
import { placeOf } from './unsaid.ts'
import type { UnsaidList } from './unsaid.ts'

type Fields = Readonly<Record<string, unknown>>

/** What the config has where nothing is written. */
const usual = { connectTimeout: 10_000, retryBudget: { percent: 20, window: 10_000, minimum: 100 } }

/** The largest number of a Kubernetes int32. */
const most = 2_147_483_647

/** Fields of BackendConfigPolicy.spec; none where there is nothing to say. */
export function settingsOf(backend: BackendConfig, dialect: ExportDialect, unsaid: UnsaidList): Fields {
  const place = placeOf('backends', backend.name)
  if (backend.model !== undefined) unsaid.add(`${place}.model`, 'bodies are not changed there')
  const { connectTimeout, capacity, outlierDetection } = backend
  if (dialect === 'gateway-api') {
    const leaveOut = (field: string, reason: string): void =>
      unsaid.add(`${place}.${field}`, reason, `kgateway: BackendConfigPolicy.spec.${kgatewayNames[field] ?? field}`)
    if (connectTimeout !== usual.connectTimeout) leaveOut('connectTimeout', 'Gateway API has no clock for connecting')
    if (capacity !== undefined) leaveOut('capacity', 'Gateway API bounds neither requests nor connections')
    if (outlierDetection !== undefined) leaveOut('outlierDetection', 'Gateway API ejects no endpoints')
    if (backend.breaker !== undefined) leaveOut('breaker', 'Gateway API has no circuit breaker')
    if (backend.balance.type !== 'round-robin') leaveOut('balance', 'Gateway API does not say how endpoints are chosen')
    if (backend.panicThreshold !== usualPanicThreshold) leaveOut('panicThreshold', 'Gateway API knows no panic')
    if (backend.healthCheck !== undefined) leaveOut('healthCheck', 'Gateway API checks no endpoints')
    return {}
  }
  const perConnection = capacity?.maxRequestsPerConnection
  const loadBalancer = loadBalancerOf(backend, unsaid)
  const healthCheck = healthCheckOf(backend, unsaid)
  const ejection = outlierDetection === undefined ? ejectionFor(backend, unsaid) : ejectionOf(outlierDetection)
  if (outlierDetection !== undefined && backend.breaker !== undefined) {
    unsaid.add(`${place}.breaker`, 'Envoy ejects endpoints and has no breaker', 'outlierDetection is written beside it')
  }
  return {
    ...(connectTimeout !== usual.connectTimeout && { connectTimeout: formatDuration(connectTimeout) }),
    ...(perConnection !== undefined && {
      commonHttpProtocolOptions: { maxRequestsPerConnection: Math.min(perConnection, most) },
    }),
    ...(capacity !== undefined && { circuitBreakers: boundsOf(backend, capacity, unsaid) }),
    ...(ejection !== undefined && { outlierDetection: ejection }),
    ...(loadBalancer !== undefined && { loadBalancer }),
    ...(healthCheck !== undefined && { healthCheck }),
  }
}

const kgatewayNames: Readonly<Record<string, string>> = {
  capacity: 'circuitBreakers',
  breaker: 'outlierDetection',
  balance: 'loadBalancer',
  panicThreshold: 'loadBalancer.healthyPanicThreshold',
}

/** Envoy counts connections over all endpoints. */
function boundsOf({ name, endpoints }: BackendConfig, capacity: CapacityConfig, unsaid: UnsaidList): Fields {
  const { maxRequests, maxConnections, maxPending, maxRetries } = capacity
  if (maxPending === 0) {
    const reason = 'at least one request may wait for a connection there'
    unsaid.add(`${placeOf('backends', name)}.capacity.maxPending`, reason, 'maxPendingRequests: 1')
  }
  if (maxRequests === 0) {
    const reason = 'at least one request may be in flight there'
    unsaid.add(`${placeOf('backends', name)}.capacity.maxRequests`, reason, 'maxRequests: 1')
  }
  return {
    ...(maxConnections !== undefined && {
      maxConnections: Math.min(maxConnections * Math.max(1, endpoints.length), most),
    }),
    maxPendingRequests: Math.min(Math.max(1, maxPending), most),
    maxRequests: Math.min(Math.max(1, maxRequests), most),
    ...(maxRetries !== undefined && { maxRetries: Math.min(maxRetries, most) }),
  }
}

function ejectionOf(detection: OutlierDetectionConfig): Fields {
  return {
    consecutive5xx: Math.min(detection.consecutive5xx, most),
    interval: formatDuration(detection.interval),
    baseEjectionTime: formatDuration(detection.baseEjectionTime),
    maxEjectionPercent: detection.maxEjectionPercent,
  }
}

/** The ejection that comes nearest to a breaker: as many failures, and as long as the first opening. */
function ejectionFor({ name, breaker, endpoints }: BackendConfig, unsaid: UnsaidList): Fields | undefined {
  if (breaker === undefined) return undefined
  const place = `${placeOf('backends', name)}.breaker`
  const { failures, openFor, ratio, maxOpenPercent } = breaker
  if (ratio !== undefined) unsaid.add(`${place}.ratio`, 'kgateway ejects after failures in a row, not by their share')
  if (failures === 0) {
    unsaid.add(place, 'Envoy ejects endpoints and has no breaker, and no failures in a row open this one')
    return undefined
  }
  const reason = 'Envoy ejects endpoints: it has no half-open state and no probes, and it may use all when few are left'
  unsaid.add(place, reason, 'outlierDetection with the same failures and the first openFor')
  const count = Math.max(1, endpoints.length)
  // At least one opens here; Envoy's arithmetic would eject none of a few.
  const percent = Math.floor((count * maxOpenPercent) / 100) > 0 ? maxOpenPercent : Math.ceil(100 / count)
  return {
    consecutive5xx: Math.min(failures, most),
    interval: '10s',
    baseEjectionTime: formatDuration(openFor),
    maxEjectionPercent: percent,
  }
}

/** XBackendTrafficPolicy.spec.retryConstraint (GEP-3388); `undefined` for the budget that is in force without one. */
export function budgetOf(backend: BackendConfig, dialect: ExportDialect, unsaid: UnsaidList): Fields | undefined {
  const { retryBudget, name } = backend
  const place = `${placeOf('backends', name)}.retryBudget`
  if (retryBudget === false) {
    unsaid.add(place, 'no budget is the absence of a policy there, and read back it is the usual budget')
    return undefined
  }
  const { percent, window, minimum, concurrent } = retryBudget
  if (concurrent !== undefined) {
    unsaid.add(`${place}.concurrent`, 'Envoy has it, and neither Gateway API nor kgateway has a field for it')
  }
  const { retryBudget: known } = usual
  if (percent === known.percent && window === known.window && minimum === known.minimum) return undefined
  const rate = rateOf(retryBudget)
  if (!Number.isInteger(percent) || window < 1000 || window > 3_600_000 || rate === undefined) {
    const reason = 'retryConstraint has whole percentages, a window of 1s to 1h and at least one retry in it'
    unsaid.add(place, reason)
    return undefined
  }
  if (dialect === 'kgateway') {
    const instead = 'an XBackendTrafficPolicy is written all the same; circuitBreakers.maxRetries bounds retries there'
    unsaid.add(place, 'kgateway has no retry budget', instead)
  }
  return { budget: { percent, interval: formatDuration(window) }, minRetryRate: rate }
}

function rateOf({ window, minimum }: RetryBudgetConfig): Fields | undefined {
  const perSecond = (minimum * 1000) / window
  const isWhole = Number.isInteger(perSecond) && perSecond > 0
  const count = isWhole ? perSecond : minimum
  if (count < 1 || count > 1_000_000) return undefined
  return { count, interval: isWhole ? '1s' : formatDuration(window) }
}
