/** Gives things the names that they had before an export, from the annotations of the objects. It changes nothing but names. */

import { parseConfig } from '@headgate/config'
import type { BackendConfig, FilterConfig, GatewayConfig, RouteConfig, RuleConfig } from '@headgate/config'

import { isMap } from '../read.ts'
import { limitKey, listenersKey, nameKey, namespaceKey, poolKey, rulesKey } from './annotations.ts'

/** What a load found. */
export interface Named {
  readonly config: GatewayConfig | undefined
  readonly listeners: readonly { readonly name: string }[]
}

/**
 * `objects` are the documents that the config was read from, as plain data. Where the names of the annotations are no names, or
 * are taken, the config stays as it is.
 */
export function restoreNames<Found extends Named>(found: Found, objects: readonly unknown[]): Found {
  if (found.config === undefined) return found
  const originals = new Originals(found.config)
  for (const object of objects.flatMap(itemsOf)) originals.read(object)
  if (originals.isEmpty) return found
  const result = parseConfig(originals.applied(found.config))
  if (!result.ok) return found
  const listeners = found.listeners.map((listener) => ({ ...listener, name: originals.listener(listener.name) }))
  return { ...found, config: result.config, listeners }
}

function itemsOf(value: unknown): readonly unknown[] {
  return isMap(value) && Array.isArray(value['items']) ? value['items'] : [value]
}

type Texts = Readonly<Record<string, string>>

interface OriginalRoute {
  readonly name: string
  readonly namespace: string | undefined
}

interface OriginalBackend {
  readonly name: string | undefined
  readonly pool: string | undefined
}

class Originals {
  readonly #backendNames: ReadonlySet<string>
  readonly #limitNames: readonly string[]
  readonly #listeners = new Map<string, string>()
  readonly #backends = new Map<string, OriginalBackend>()
  readonly #limits = new Map<string, string>()
  readonly #routes = new Map<string, OriginalRoute>()
  readonly #rules = new Map<string, Texts>()
  #gateway: string | undefined

  constructor({ backends, limits }: GatewayConfig) {
    this.#backendNames = new Set(backends.map(({ name }) => name))
    this.#limitNames = limits.map(({ name }) => name)
  }

  get isEmpty(): boolean {
    const maps = [this.#listeners, this.#backends, this.#limits, this.#routes, this.#rules]
    return this.#gateway === undefined && maps.every((map) => map.size === 0)
  }

  listener(name: string): string {
    return this.#listeners.get(name) ?? name
  }

  read(object: unknown): void {
    if (!isMap(object) || !isMap(object['metadata'])) return
    const { name, namespace = 'default', annotations } = object['metadata']
    if (typeof name !== 'string' || typeof namespace !== 'string') return
    const texts = textsOf(annotations)
    const id = `${namespace}/${name}`
    const { [nameKey]: original, [namespaceKey]: space, [rulesKey]: rules, [limitKey]: limit } = texts
    switch (object['kind']) {
      case 'Gateway':
        this.#gateway ??= original
        for (const [now, before] of Object.entries(mapOf(texts[listenersKey])))
          this.#listeners.set(`${id}/${now}`, before)
        break
      case 'HTTPRoute':
      case 'GRPCRoute':
        if (original !== undefined) this.#routes.set(id, { name: original, namespace: space })
        if (rules !== undefined) this.#rules.set(id, mapOf(rules))
        break
      case 'Service':
      case 'Backend':
        this.#readBackend(object['kind'], id, object['spec'], { name: original, pool: texts[poolKey] })
        break
      case 'TrafficPolicy':
        if (limit !== undefined) this.#readLimit(`${id}/`, limit)
        break
    }
  }

  #readBackend(kind: 'Service' | 'Backend', id: string, spec: unknown, original: OriginalBackend): void {
    if (original.name === undefined && original.pool === undefined) return
    const ports: unknown = kind === 'Service' && isMap(spec) ? spec['ports'] : []
    const [port] = Array.isArray(ports) ? (ports as readonly unknown[]) : []
    const plain = kind === 'Backend' ? `Backend/${id}` : `${id}:${isMap(port) ? String(port['port']) : ''}`
    this.#backends.set(this.#backendNames.has(plain) ? plain : `${plain}/grpc`, original)
  }

  /** A policy that is for several things has a bucket for each, and none of them is the original. */
  #readLimit(prefix: string, original: string): void {
    const [only, ...more] = this.#limitNames.filter((name) => name.startsWith(prefix) && name.endsWith('/local'))
    if (only !== undefined && more.length === 0) this.#limits.set(only, original)
  }

  applied(config: GatewayConfig): GatewayConfig {
    return {
      ...config,
      name: this.#gateway ?? config.name,
      listeners: config.listeners.map((listener) => ({ ...listener, name: this.listener(listener.name) })),
      backends: config.backends.map((backend) => this.#appliedBackend(backend)),
      limits: config.limits.map((limit) => ({ ...limit, name: this.#limits.get(limit.name) ?? limit.name })),
      routes: config.routes.map((route) => this.#appliedRoute(route)),
    }
  }

  #appliedBackend(backend: BackendConfig): BackendConfig {
    const { pool } = this.#backends.get(backend.name) ?? {}
    const { fallback } = backend
    return {
      ...backend,
      name: this.#backend(backend.name),
      ...(pool !== undefined && { pool }),
      ...(fallback && { fallback: this.#appliedFallback(fallback) }),
    }
  }

  #appliedRoute(route: RouteConfig): RouteConfig {
    const id = `${route.namespace ?? ''}/${route.name}`
    const { namespace, ...rest } = route
    const original = this.#routes.get(id) ?? { name: route.name, namespace }
    const names = this.#rules.get(id) ?? {}
    return {
      ...rest,
      name: original.name,
      ...(original.namespace !== undefined && { namespace: original.namespace }),
      ...(route.listeners && { listeners: route.listeners.map((name) => this.listener(name)) }),
      rules: route.rules.map((rule) => this.#appliedRule(rule, names)),
    }
  }

  #appliedRule(rule: RuleConfig, names: Texts): RuleConfig {
    const { name, fallback } = rule
    return {
      ...rule,
      ...(name !== undefined && { name: names[name] ?? name }),
      filters: this.#appliedFilters(rule.filters),
      backends: rule.backends.map((ref) => ({
        ...ref,
        ...(ref.backend !== undefined && { backend: this.#backend(ref.backend) }),
        ...(ref.filters && { filters: this.#appliedFilters(ref.filters) }),
      })),
      ...(fallback && { fallback: this.#appliedFallback(fallback) }),
      limits: rule.limits.map((limit) => this.#limits.get(limit) ?? limit),
    }
  }

  #appliedFilters(filters: readonly FilterConfig[]): readonly FilterConfig[] {
    return filters.map((filter) => {
      return filter.type === 'RequestMirror' ? { ...filter, backend: this.#backend(filter.backend) } : filter
    })
  }

  #appliedFallback(fallback: NonNullable<RuleConfig['fallback']>): NonNullable<RuleConfig['fallback']> {
    return { ...fallback, backends: fallback.backends.map((name) => this.#backend(name)) }
  }

  #backend(name: string): string {
    return this.#backends.get(name)?.name ?? name
  }
}

function textsOf(value: unknown): Partial<Record<string, string>> {
  if (!isMap(value)) return {}
  const texts = Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return Object.fromEntries(texts)
}

/** What is no map of texts says nothing. */
function mapOf(text: string | undefined): Texts {
  if (text === undefined) return {}
  try {
    return textsOf(JSON.parse(text)) as Texts
  } catch {
    return {}
  }
}
