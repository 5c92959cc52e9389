/** A backend on its way to the config: what is known of it, and which policy said so. It resolves nothing. */

import type {
  BackendInput,
  BalanceInput,
  BreakerInput,
  CapacityInput,
  HealthCheckInput,
  OutlierDetectionInput,
  RetryBudgetInput,
  SessionInput,
} from '@headgate/config'

import type { Context } from '../context.ts'
import type { FieldPath } from '../diagnostics.ts'
import type { Source } from '../provenance.ts'
import type { Resource } from '../resources/resource.ts'
import type { Wire } from './app-protocol.ts'
import { withScheme } from './endpoints.ts'

/** What policies may set, each part once. */
export interface BackendSettings {
  connectTimeout?: number
  maxRequests?: number
  /** Over all endpoints, as Envoy counts. */
  maxConnections?: number
  maxPending?: number
  maxRetries?: number
  maxRequestsPerConnection?: number
  breaker?: BreakerInput
  outlierDetection?: OutlierDetectionInput
  balance?: BalanceInput
  healthCheck?: HealthCheckInput
  panicThreshold?: number
  retryBudget?: RetryBudgetInput
  tls?: NonNullable<BackendInput['tls']>
  fallback?: string
  session?: SessionInput
  /** HTTP/2 where the endpoints can agree on it (ALPN). */
  http2?: boolean
}

/** The kind that a backend was made from. */
export type BackendKind = 'Service' | 'InferencePool' | 'Backend'

export class BackendDraft {
  readonly name: string
  readonly kind: BackendKind
  /** `namespace/name` of the object, which need not be in the files. */
  readonly id: string
  readonly portName: string | undefined
  readonly urls: readonly string[]
  /** As `appProtocol` says; absent: by the URLs. */
  readonly wire: Wire | undefined
  readonly isGrpc: boolean
  readonly origin: string
  readonly object: Resource | undefined
  readonly settings: BackendSettings = {}
  /** Further groups of a Backend, in order. */
  readonly next: readonly string[]
  /** The backend that this one has the endpoints of; itself, but for a variant. */
  readonly base: BackendDraft
  /** Why the references to it are refused after all, such as a broken TLS policy. */
  refusal: string | undefined
  readonly #setBy = new Map<keyof BackendSettings, Source>()

  constructor(parts: BackendParts) {
    this.name = parts.name
    this.kind = parts.kind
    this.id = parts.id
    this.portName = parts.portName
    this.urls = parts.urls
    this.wire = parts.wire
    this.isGrpc = parts.isGrpc ?? false
    this.origin = parts.origin
    this.object = parts.object
    this.next = parts.next ?? []
    this.base = parts.base ?? this
  }

  /** The same object and endpoints under another name: for a reference that does other things with its requests. */
  variant(name: string): BackendDraft {
    const { kind, id, portName, urls, wire, isGrpc, origin, object, next, base } = this
    return new BackendDraft({ name, kind, id, portName, urls, wire, isGrpc, origin, object, next, base })
  }

  /** The first policy that sets a part has it; a later one is told that it is without effect. */
  set<Key extends keyof BackendSettings>(
    key: Key,
    value: BackendSettings[Key],
    context: Context,
    policy: Resource,
    path: FieldPath,
  ): void {
    if (value === undefined) return
    const owner = this.#setBy.get(key)
    if (owner !== undefined && owner.resource !== policy) {
      const message = `the ${owner.resource.title} has set the same for the ${this.kind} ${this.id}, so this is without effect`
      context.warn(policy, path, 'policy-conflict', message)
      return
    }
    this.#setBy.set(key, { resource: policy, path })
    this.settings[key] = value
  }

  /** Takes back what a policy has set, and tells it. */
  unset(key: keyof BackendSettings, context: Context, code: string, message: string, hint: string): void {
    const owner = this.#setBy.get(key)
    if (owner === undefined) return
    context.warn(owner.resource, owner.path, code, message, hint)
    delete this.settings[key]
    this.#setBy.delete(key)
  }

  /** Scheme and protocol: TLS policies first, then `appProtocol`, then the URLs as they were given. */
  build(): BackendInput {
    const { settings, wire } = this
    const scheme = settings.tls === undefined ? wire?.scheme : 'https'
    const urls = this.urls.map((url) => (scheme === undefined ? url : withScheme(url, scheme)))
    const isTls = urls.length > 0 && urls.every((url) => url.startsWith('https:'))
    const wantsHttp2 = wire?.protocol === 'h2c' || (this.isGrpc && wire === undefined)
    const protocol = isTls ? (wantsHttp2 || settings.http2 ? 'h2' : 'http1') : wantsHttp2 ? 'h2c' : 'http1'
    const fallback = [...this.next, ...(settings.fallback === undefined ? [] : [settings.fallback])]
    return {
      name: this.name,
      endpoints: [...new Set(urls)],
      protocol,
      connectTimeout: settings.connectTimeout,
      capacity: this.#capacity(urls.length),
      breaker: settings.breaker,
      outlierDetection: settings.outlierDetection,
      balance: settings.balance,
      healthCheck: settings.healthCheck,
      panicThreshold: settings.panicThreshold,
      retryBudget: settings.retryBudget,
      tls: isTls && settings.tls !== undefined && Object.keys(settings.tls).length > 0 ? settings.tls : undefined,
      session: settings.session,
      fallback: fallback.length === 0 ? undefined : { backends: [...new Set(fallback)] },
      origin: this.origin,
    }
  }

  #capacity(endpoints: number): CapacityInput | undefined {
    const { maxRequests, maxConnections, maxPending, maxRetries, maxRequestsPerConnection } = this.settings
    const perEndpoint =
      maxConnections === undefined ? undefined : Math.max(1, Math.ceil(maxConnections / (endpoints || 1)))
    const capacity = {
      ...(maxRequests === undefined ? {} : { maxRequests }),
      ...(perEndpoint === undefined ? {} : { maxConnections: perEndpoint }),
      ...(maxPending === undefined ? {} : { maxPending }),
      ...(maxRetries === undefined ? {} : { maxRetries }),
      ...(maxRequestsPerConnection === undefined ? {} : { maxRequestsPerConnection }),
    }
    return Object.keys(capacity).length === 0 ? undefined : capacity
  }
}

export interface BackendParts {
  readonly name: string
  readonly kind: BackendKind
  readonly id: string
  readonly portName?: string | undefined
  readonly urls: readonly string[]
  readonly wire: Wire | undefined
  readonly isGrpc?: boolean
  readonly origin: string
  readonly object: Resource | undefined
  readonly next?: readonly string[]
  readonly base?: BackendDraft
}
