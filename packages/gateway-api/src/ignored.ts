/** Fields that are read and have no effect in one process: each is named, so that nobody relies on it. */

import type { Context } from './context.ts'
import type { FieldPath, Severity } from './diagnostics.ts'
import { isMap } from './read.ts'
import { foreignBackendFields } from './resources/kgateway-backends.ts'
import { foreignBalancerFields } from './resources/kgateway-endpoints.ts'
import { foreignTrafficFields } from './resources/kgateway-traffic.ts'
import type { Kind } from './resources/kinds.ts'
import type { Resource } from './resources/resource.ts'

interface Ignored {
  /** `*` is each item of a list. */
  readonly field: string
  readonly message: string
  readonly severity?: Severity
  /** Default `ignored-in-process`. */
  readonly code?: string
  readonly hint?: string
}

const pods = 'there are no pods here, so this is without effect'

function traffic(field: string): Ignored {
  return {
    field: `spec.${field}`,
    severity: 'warning',
    message: `${field} is not done here; rules behave as without it`,
  }
}

function backend(field: string): Ignored {
  return { field: `spec.${field}`, message: `${field} is not done here; the backend behaves as without it` }
}

const connection = 'connections of a pool are kept and closed by its own rules'

const ignored: { readonly [K in Kind]?: readonly Ignored[] } = {
  Gateway: [
    { field: 'spec.addresses', message: 'where a listener is reached is said when it is opened, not here' },
    { field: 'spec.infrastructure', message: pods },
    {
      field: 'spec.tls.frontend',
      severity: 'warning',
      message: 'clients are not asked for a certificate, so none of their requests is refused for it',
    },
    { field: 'spec.tls.backend', message: 'no client certificate is shown to backends' },
    { field: 'spec.defaultScope', message: 'routes name their Gateway; there is no default one' },
  ],
  InferencePool: [
    { field: 'spec.endpointPickerRef', message: 'no endpoint picker runs; any endpoint of the pool may be chosen' },
    { field: 'spec.extensionRef', message: 'no endpoint picker runs; any endpoint of the pool may be chosen' },
  ],
  BackendTLSPolicy: [{ field: 'spec.options', message: 'TLS options are those of an implementation' }],
  GatewayParameters: [{ field: 'spec', message: pods }],
  GatewayClassConfig: [
    { field: 'spec.proxy', message: pods },
    {
      field: 'spec.connectionSettings.maxConnections',
      message: 'connections from callers are not counted; bounds are for each backend',
      hint: 'BackendConfigPolicy.spec.circuitBreakers.maxConnections bounds those of one backend',
    },
    { field: 'spec.connectionSettings.idleTimeout', message: connection },
  ],
  ConnectionPoolSettings: [{ field: 'spec.http.idleTimeout', message: connection }],
  TrafficPolicy: [
    ...foreignTrafficFields.map(traffic),
    {
      field: 'spec.rateLimit.global',
      severity: 'warning',
      message: 'no rate limit service is asked, so nothing is limited by this',
      hint: 'RateLimitPolicy.spec.descriptors limits each value of a header',
    },
    { field: 'spec.headerModifiers.filterStage', message: 'filters run in one fixed order' },
  ],
  BackendConfigPolicy: [
    ...foreignBackendFields.map(backend),
    ...foreignBalancerFields.map((field) => backend(`loadBalancer.${field}`)),
    ...[
      'splitExternalLocalOriginErrors',
      'consecutiveLocalOriginFailure',
      'enforcingConsecutiveLocalOriginFailure',
    ].map((field) => backend(`outlierDetection.${field}`)),
    ...['idleTimeout', 'maxConnectionDuration', 'maxHeadersCount', 'maxStreamDuration'].map((name) =>
      backend(`commonHttpProtocolOptions.${name}`),
    ),
    ...['verifySubjectAltNames', 'parameters', 'alpnProtocols', 'allowRenegotiation', 'simpleTLS'].map((name) =>
      backend(`tls.${name}`),
    ),
    { field: 'spec.circuitBreakers.trackRemaining', message: 'what is in use can always be seen' },
  ],
  Backend: [
    {
      field: 'spec.priorityGroups.*.backendRefs',
      severity: 'warning',
      code: 'unsupported',
      message: 'only hosts make a priority group here',
    },
  ],
}

/** Tells every field of these objects that is without effect. */
export function tellIgnored(context: Context): void {
  for (const [kind, fields] of Object.entries(ignored) as [Kind, readonly Ignored[]][]) {
    for (const resource of context.resources.list(kind)) {
      for (const entry of fields) tellField(context, resource, entry)
    }
  }
  for (const route of context.resources.list('HTTPRoute')) tellAnnotations(context, route)
  for (const service of context.resources.list('Service')) {
    if (service.body.spec['sessionAffinity'] !== 'ClientIP') continue
    const message = 'requests of one client address may go to any endpoint'
    context.info(service, ['spec', 'sessionAffinity'], 'ignored-in-process', message)
  }
}

function tellField(context: Context, resource: Resource, { field, message, severity, code, hint }: Ignored): void {
  for (const path of placesOf(resource.body, field.split('.'), [])) {
    context.say(severity ?? 'info', resource, path, code ?? 'ignored-in-process', message, hint)
  }
}

function placesOf(value: unknown, rest: readonly string[], path: FieldPath): readonly FieldPath[] {
  const [key, ...more] = rest
  if (key === undefined) return [path]
  if (key === '*') {
    return Array.isArray(value) ? value.flatMap((item: unknown, index) => placesOf(item, more, [...path, index])) : []
  }
  return isMap(value) && value[key] !== undefined ? placesOf(value[key], more, [...path, key]) : []
}

/** Tools write the stage of a canary into an annotation; it is the weights that share the requests out. */
function tellAnnotations(context: Context, route: Resource<'HTTPRoute'>): void {
  for (const name of route.annotations) {
    if (!name.includes('canary-weight')) continue
    const message = 'nothing reads this annotation; the weights of the backendRefs alone decide'
    context.info(route, ['metadata', 'annotations', name], 'annotation-without-effect', message)
  }
}
