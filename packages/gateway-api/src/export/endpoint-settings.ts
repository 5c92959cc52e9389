/** How endpoints are chosen and checked, in the words of kgateway's BackendConfigPolicy. */

import { formatDuration } from '@headgate/config'
import type { BackendConfig, HashKeyConfig } from '@headgate/config'

import { placeOf } from './unsaid.ts'
import type { UnsaidList } from './unsaid.ts'

type Fields = Readonly<Record<string, unknown>>

/** What the config has where nothing is written. */
export const usualPanicThreshold = 50

const mostThreshold = 2_147_483_647

/** `loadBalancer`; `undefined` where it would say what holds without it. */
export function loadBalancerOf(
  { name, balance, panicThreshold }: BackendConfig,
  unsaid: UnsaidList,
): Fields | undefined {
  if (balance.type === 'round-robin' && panicThreshold === usualPanicThreshold) return undefined
  if (balance.type === 'peak-ewma') {
    const reason = 'kgateway chooses no endpoint by its latency'
    unsaid.add(`${placeOf('backends', name)}.balance`, reason, 'loadBalancer.leastRequest')
  }
  return {
    ...(panicThreshold !== usualPanicThreshold && { healthyPanicThreshold: panicThreshold }),
    ...algorithmOf(balance),
  }
}

function algorithmOf(balance: BackendConfig['balance']): Fields {
  switch (balance.type) {
    case 'round-robin':
      return { roundRobin: {} }
    case 'random':
      return { random: {} }
    case 'least-request':
    case 'peak-ewma':
      return { leastRequest: {} }
    case 'ring-hash':
      return { ringHash: { hashPolicies: balance.by.map(hashPolicy) } }
    case 'maglev':
      return { maglev: { hashPolicies: balance.by.map(hashPolicy) } }
  }
}

/** All but the last are terminal: the first that a request has is its key, and is joined with no other. */
function hashPolicy(key: HashKeyConfig, index: number, all: readonly HashKeyConfig[]): Fields {
  const said =
    key === 'address'
      ? { sourceIP: {} }
      : 'header' in key
        ? { header: { name: key.header } }
        : { cookie: { name: key.cookie } }
  return { ...said, ...(index < all.length - 1 && { terminal: true }) }
}

/** `healthCheck`; `undefined` where there is none. */
export function healthCheckOf({ name, healthCheck }: BackendConfig, unsaid: UnsaidList): Fields | undefined {
  if (healthCheck === undefined) return undefined
  const { path, method, host, interval, timeout, healthy, unhealthy, statuses } = healthCheck
  if (statuses.some(({ from, to }) => from !== 200 || to !== 200)) {
    unsaid.add(`${placeOf('backends', name)}.healthCheck.statuses`, 'there 200 is healthy and no other status')
  }
  return {
    timeout: formatDuration(timeout),
    interval: formatDuration(interval),
    unhealthyThreshold: Math.min(unhealthy, mostThreshold),
    healthyThreshold: Math.min(healthy, mostThreshold),
    http: { path, ...(host !== undefined && { host }), ...(method !== 'GET' && { method }) },
  }
}
