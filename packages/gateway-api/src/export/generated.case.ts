/** Configs of which everything can be said, for fast-check. What cannot be said is for tables. */

import { parseConfig } from '@headgate/config'
import type { GatewayConfig, GatewayConfigInput } from '@headgate/config'
import fc from 'fast-check'

import type { ExportDialect } from './dialects.ts'
import { ruleFor, seconds, unnamedSession } from './generated-rules.case.ts'

type Item<Key extends 'backends' | 'limits' | 'listeners' | 'routes'> = NonNullable<GatewayConfigInput[Key]>[number]
type Backend = Item<'backends'>

const host = fc.constantFrom('api.example.com', 'a.example.com', '*.example.com', 'model-1.internal')

/** Names of the builder: any text that the config takes. */
const anyName = fc.oneof(
  fc.constantFrom('gpt-4', 'GPT 4', 'gpt 4', 'gpt_4', 'Mixtral 8x7B', '日本', '4o', 'a/b', 'default/a', 'x@y', 'é'),
  fc.string({ minLength: 1, maxLength: 80 }).filter((text) => parseConfig({ version: 1, routes: [{ name: text }] }).ok),
)

const namespaces = fc.constantFrom('shop', 'models')

const tls = fc.record(
  { servername: fc.constant('api.example.com'), ca: fc.constant([{ secret: 'NS/roots/ca.crt' }]) },
  { requiredKeys: ['servername'] },
)

const endpointLists = fc.uniqueArray(
  fc.constantFrom('10.0.0.1:8000', '10.0.0.2:8000', '10.0.0.3:81', '[fd00::1]:8000', '10.0.0.4'),
  { maxLength: 4 },
)

const bounds = fc.record(
  {
    maxRequests: fc.integer({ min: 1, max: 5000 }),
    maxConnections: fc.integer({ min: 1, max: 5000 }),
    maxPending: fc.integer({ min: 1, max: 5000 }),
    maxRetries: fc.integer({ min: 0, max: 50 }),
    maxRequestsPerConnection: fc.integer({ min: 1, max: 50 }),
  },
  { requiredKeys: [] },
)

const detection = fc.record(
  {
    consecutive5xx: fc.integer({ min: 0, max: 9 }),
    interval: seconds,
    maxEjectionPercent: fc.integer({ min: 0, max: 100 }),
  },
  { requiredKeys: [] },
)

const keys = fc.constantFrom('address' as const, { header: 'x-session' }, { cookie: 'session' })

const balances: fc.Arbitrary<NonNullable<Backend['balance']>> = fc.oneof(
  fc.constantFrom('round-robin' as const, 'least-request' as const, 'random' as const),
  fc.record({
    type: fc.constantFrom('ring-hash' as const, 'maglev' as const),
    by: fc.array(keys, { minLength: 1, maxLength: 3 }),
  }),
)

const checks = fc.record(
  {
    path: fc.constantFrom('/health', '/v1/models?limit=1'),
    method: fc.constantFrom('GET' as const, 'HEAD' as const),
    host: fc.constantFrom('model.internal', '10.0.0.1:8000'),
    interval: seconds,
    timeout: seconds,
    healthy: fc.integer({ min: 1, max: 9 }),
    unhealthy: fc.integer({ min: 1, max: 9 }),
    statuses: fc.constant([200]),
  },
  { requiredKeys: ['statuses'] },
)

function backendFor(dialect: ExportDialect): fc.Arbitrary<Backend> {
  const names = fc.oneof(
    anyName.map((name) => ({ name, namespace: 'default' })),
    fc
      .tuple(namespaces, fc.constantFrom('vllm', 'tgi', 'claude-3'), fc.constantFrom(80, 8000))
      .map(([namespace, name, port]) => ({ name: `${namespace}/${name}:${port}`, namespace })),
  )
  const watched = { balance: balances, healthCheck: checks, panicThreshold: fc.integer({ min: 0, max: 100 }) }
  const all = {
    session: unnamedSession,
    capacity: bounds,
    outlierDetection: detection,
    connectTimeout: seconds,
    tls,
    ...watched,
  }
  const settings = fc.record(all, { requiredKeys: [] })
  return fc
    .tuple(names, endpointLists, settings, fc.boolean())
    .map(([{ name, namespace }, hosts, parts, isHttp2]): Backend => {
      const { tls: secured, session, ...own } = parts
      const rest = { ...(session && { session }), ...(dialect === 'kgateway' && own) }
      const hasTls = secured !== undefined && hosts.length > 0
      const scheme = hasTls ? 'https' : 'http'
      const ca = secured?.ca?.map(({ secret }) => ({ secret: secret.replace('NS', namespace) }))
      return {
        name,
        endpoints: hosts.map((at) => `${scheme}://${at}`),
        protocol: isHttp2 ? (hasTls ? 'h2' : 'h2c') : 'http1',
        ...rest,
        ...(hasTls && { tls: { servername: 'api.example.com', ...(ca && { ca }) } }),
      }
    })
}

/** Ports of one Service have the same settings; the others are renamed and are for tables. */
const listeners: readonly Item<'listeners'>[] = [
  { name: 'shop/edge/http', port: 80, protocol: 'HTTP' },
  {
    name: 'shop/edge/https',
    port: 443,
    protocol: 'HTTPS',
    certificates: [{ certificate: { secret: 'models/tls/tls.crt' }, key: { secret: 'models/tls/tls.key' } }],
  },
  { name: 'Inside of the house', port: 8080, protocol: 'HTTP' },
]

function routeFor(dialect: ExportDialect, backends: readonly Backend[]): fc.Arbitrary<Item<'routes'>> {
  return fc.constantFrom('HTTP' as const, 'GRPC' as const).chain((kind) => {
    const fitting = backends.filter(({ protocol }) => kind === 'HTTP' || protocol !== 'http1').map(({ name }) => name)
    const rule = ruleFor(dialect, kind, fitting)
    return fc
      .record(
        {
          name: anyName,
          namespace: namespaces,
          hostnames: fc.uniqueArray(host, { maxLength: 2 }),
          createdAt: fc.integer({ min: 0, max: 2_000_000_000_000 }),
          listeners: fc.subarray(listeners.map(({ name }) => name)),
          rules: fc.array(rule, { minLength: 1, maxLength: 3 }),
        },
        { requiredKeys: ['name', 'listeners', 'rules'] },
      )
      .map((route) => ({ ...route, kind }))
  })
}

/** Each limit is for one route, or for some of its rules. */
function withLimits(
  routes: readonly Item<'routes'>[],
  chosen: readonly boolean[],
): Pick<GatewayConfigInput, 'limits' | 'routes'> {
  const limits: Item<'limits'>[] = []
  const limited = routes.map((route, index) => {
    if (chosen[index] !== true) return route
    const name = `limit ${index}`
    limits.push({ name, tokens: 10 + index, every: index % 2 === 0 ? '1s' : '1m', burst: 5 })
    const isWhole = index % 3 === 0
    return {
      ...route,
      rules: route.rules?.map((rule, at) => (isWhole || at === 0 ? { ...rule, limits: [name] } : rule)),
    }
  })
  return { limits, routes: limited }
}

/** Configs that come back as they were. */
export function sayable(dialect: ExportDialect): fc.Arbitrary<GatewayConfig> {
  const always: Backend = { name: 'always', endpoints: ['http://10.9.9.9:8000'], protocol: 'h2c' }
  return fc
    .uniqueArray(backendFor(dialect), { selector: ({ name }) => name.replace(/:\d+$/, ''), maxLength: 5 })
    .map((found) => [...found.filter(({ name }) => name !== 'always'), always])
    .chain((backends) => {
      const routes = fc.uniqueArray(routeFor(dialect, backends), {
        selector: ({ name, namespace = '' }) => `${namespace}/${name}`,
        maxLength: 5,
      })
      return fc.tuple(
        fc.constant(backends),
        routes,
        fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
        fc.constantFrom('headgate', 'inference'),
      )
    })
    .map(([backends, routes, chosen, name]) => {
      const limited = dialect === 'kgateway' ? withLimits(routes, chosen) : { routes }
      const text = JSON.stringify(routes)
      const used = backends.filter((known) => text.includes(`"backend":${JSON.stringify(known.name)}`))
      const input = { version: 1, name, listeners, backends: used, ...limited }
      const result = parseConfig(input)
      return result.ok ? result.config : undefined
    })
    .filter((found) => found !== undefined)
}
