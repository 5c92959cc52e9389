/** The typed chain: collects what is said and hands plain data to the gateway. It checks nothing itself. */

import { defineConfig } from '@headgate/config'
import type {
  BackendInput,
  GatewayConfig,
  GatewayConfigInput,
  LimitInput,
  ListenerInput,
  ReportingInput,
  RouteInput,
  SecretRef,
} from '@headgate/config'
import type {
  BackendOptions,
  GatewayBuilder,
  LimitOptions,
  ListenerOptions,
  PoolOptions,
  Route,
  RouteStart,
  Upstream,
} from './builder-types.ts'
import type { StreamClassifier } from '@headgate/dialect'
import { Gateway } from '../gateway.ts'
import type { GatewayOptions } from '../gateway.ts'
import { RouteDraft } from './route-draft.ts'
import { sessionInput } from './session-options.ts'
import type { KeyFunction } from '../runtime.ts'

export interface GatewayBuilderOptions extends Pick<
  GatewayOptions,
  'log' | 'now' | 'random' | 'secrets' | 'telemetry'
> {
  /** What replies tell their callers: `{ serverTiming: true, header: 'x-headgate-decision' }`. Nothing unless given. */
  readonly reporting?: ReportingInput
  /** Proxies in front that are trusted to have set `X-Forwarded-*` and `Forwarded`. Default 0: the caller's are dropped. */
  readonly trustedHops?: number
  /** Most bytes of a request body kept for a further try. Default 1 MiB. */
  readonly keepPerRequest?: number
  /** Most bytes kept by the process. Default 64 MiB. */
  readonly keepTotal?: number
  /** What session values are authenticated with, at least 32 characters. Default: one made at the start, with a warning. */
  readonly sessionKey?: SecretRef
}

/** Begins a gateway. `name` stands in `Via` and events. */
export function gateway(name: string, options: GatewayBuilderOptions = {}): GatewayBuilder {
  return new Builder(name, options) as unknown as GatewayBuilder
}

class Builder {
  readonly #name: string
  readonly #options: GatewayBuilderOptions
  readonly #listeners: ListenerInput[] = []
  readonly #backends: BackendInput[] = []
  readonly #limits: LimitInput[] = []
  readonly #globalLimits: string[] = []
  readonly #routes: { readonly name: string; readonly draft: RouteDraft }[] = []
  readonly #keys = new Map<string, KeyFunction>()
  readonly #dialects = new Map<string, StreamClassifier>()

  constructor(name: string, options: GatewayBuilderOptions) {
    this.#name = name
    this.#options = options
  }

  pool(pool: string, backends: Readonly<Record<string, Upstream>>, options: PoolOptions = {}): this {
    for (const [name, upstream] of Object.entries(backends))
      this.#backends.push(backendInput(name, pool, upstream, options))
    return this
  }

  listener(name: string, options: ListenerOptions): this {
    this.#listeners.push(listenerInput(name, options))
    return this
  }

  limit(options: LimitOptions): this {
    this.#globalLimits.push(this.#addLimit(options))
    return this
  }

  key(name: string, keyFunction: KeyFunction): this {
    this.#keys.set(name, keyFunction)
    return this
  }

  dialect(name: string, classifier: StreamClassifier): this {
    this.#dialects.set(name, classifier)
    return this
  }

  route(name: string, describe: (route: RouteStart<string, string>) => Route<string, string>): this {
    const draft = new RouteDraft((options) => this.#addLimit(options))
    describe(draft as unknown as RouteStart<string, string>)
    this.#routes.push({ name, draft })
    return this
  }

  config(): GatewayConfig {
    return defineConfig(this.#input())
  }

  build(): Gateway {
    const { log, now, random, secrets, telemetry } = this.#options
    return new Gateway(this.#input(), {
      keys: Object.fromEntries(this.#keys),
      dialects: Object.fromEntries(this.#dialects),
      ...(log === undefined ? {} : { log }),
      ...(now === undefined ? {} : { now }),
      ...(random === undefined ? {} : { random }),
      ...(secrets === undefined ? {} : { secrets }),
      ...(telemetry === undefined ? {} : { telemetry }),
    })
  }

  #addLimit(options: LimitOptions): string {
    const name = options.name ?? `limit-${this.#limits.length + 1}`
    this.#limits.push({ ...options, name, per: options.per ?? 'all' })
    return name
  }

  #input(): GatewayConfigInput {
    const { trustedHops, keepPerRequest, keepTotal, sessionKey, reporting } = this.#options
    const routes = this.#routes.map(({ name, draft }): RouteInput => draft.toRoute(name, this.#globalLimits))
    return {
      version: 1,
      name: this.#name,
      listeners: this.#listeners,
      backends: this.#backends,
      limits: this.#limits,
      routes,
      forwarded: { trustedHops },
      bodies: { keepPerRequest, keepTotal },
      sessionKey,
      reporting,
    }
  }
}

function backendInput(name: string, pool: string, upstream: Upstream, options: PoolOptions): BackendInput {
  const own: BackendOptions = typeof upstream === 'object' && !isList(upstream) ? upstream : { endpoints: upstream }
  const { endpoints, headers, ...settings } = own
  const { session = options.session } = own
  return {
    ...options,
    ...settings,
    session: session === undefined ? undefined : sessionInput(session),
    name,
    pool,
    endpoints: typeof endpoints === 'string' ? [endpoints] : endpoints,
    headers:
      headers === undefined ? undefined : Object.entries(headers).map(([field, value]) => ({ name: field, value })),
  }
}

function isList(upstream: Upstream): upstream is readonly string[] {
  return Array.isArray(upstream)
}

function listenerInput(name: string, { port, hostname, certificates }: ListenerOptions): ListenerInput {
  if (certificates === undefined) return { name, port, protocol: 'HTTP', hostname }
  const pairs = 'certificate' in certificates ? [certificates] : certificates
  return { name, port, protocol: 'HTTPS', hostname, certificates: pairs }
}
