/** One route while it is described: what the chain says, kept until the config is asked for. */

import type {
  FallbackInput,
  FilterConfig,
  MatchConfig,
  RetryInput,
  RouteInput,
  TimeoutsInput,
  ValueMatchConfig,
} from '@headgate/config'
import type {
  FallbackOptions,
  HeaderOptions,
  LimitOptions,
  PathOptions,
  RetryOptions,
  SplitOptions,
  TimeoutOptions,
  ValueOptions,
  Weights,
  When,
} from './builder-types.ts'

export class RouteDraft {
  readonly hasTarget = true
  readonly #addLimit: (options: LimitOptions) => string
  readonly #matches: MatchConfig[] = []
  readonly #hostnames: string[] = []
  readonly #filters: FilterConfig[] = []
  readonly #limits: string[] = []
  #backends: { backend: string; weight: number }[] = []
  #sticky: { readonly header: string } | undefined
  #fallback: FallbackInput | undefined
  #retry: RetryInput | undefined
  #timeouts: TimeoutsInput | undefined

  constructor(addLimit: (options: LimitOptions) => string) {
    this.#addLimit = addLimit
  }

  when(...matches: readonly When[]): this {
    for (const match of matches) this.#matches.push(toMatch(match))
    return this
  }

  hosts(...hostnames: readonly string[]): this {
    this.#hostnames.push(...hostnames)
    return this
  }

  to(backend: string): this {
    this.#backends = [{ backend, weight: 1 }]
    return this
  }

  split(weights: Weights<string>, options: SplitOptions = {}): this {
    this.#backends = []
    for (const [backend, weight] of Object.entries(weights)) {
      if (weight !== undefined) this.#backends.push({ backend, weight })
    }
    this.#sticky = options.stickyBy
    return this
  }

  fallback(backends: string | readonly string[], options: FallbackOptions = {}): this {
    this.#fallback = { backends: typeof backends === 'string' ? [backends] : backends, ...options }
    return this
  }

  retry(options: RetryOptions): this {
    this.#retry = options
    return this
  }

  timeout(options: TimeoutOptions): this {
    this.#timeouts = { ...this.#timeouts, ...options }
    return this
  }

  limit(options: LimitOptions): this {
    this.#limits.push(this.#addLimit(options))
    return this
  }

  requestHeaders(options: HeaderOptions): this {
    this.#filters.push(toFilter('RequestHeaderModifier', options))
    return this
  }

  responseHeaders(options: HeaderOptions): this {
    this.#filters.push(toFilter('ResponseHeaderModifier', options))
    return this
  }

  toRoute(name: string, globalLimits: readonly string[]): RouteInput {
    const rule = {
      matches: this.#matches,
      filters: this.#filters,
      backends: this.#backends,
      sticky: this.#sticky,
      fallback: this.#fallback,
      retry: this.#retry,
      timeouts: this.#timeouts,
      limits: [...globalLimits, ...this.#limits],
    }
    return { name, hostnames: this.#hostnames, rules: [rule] }
  }
}

function toMatch(match: When): MatchConfig {
  return {
    ...(match.path === undefined ? {} : { path: toPath(match.path) }),
    ...(match.method === undefined ? {} : { method: match.method }),
    ...(match.headers === undefined ? {} : { headers: toValues(match.headers) }),
    ...(match.query === undefined ? {} : { query: toValues(match.query) }),
  }
}

function toPath(path: PathOptions): NonNullable<MatchConfig['path']> {
  if (typeof path === 'string') return { type: 'PathPrefix', value: path }
  if ('exact' in path) return { type: 'Exact', value: path.exact }
  if ('prefix' in path) return { type: 'PathPrefix', value: path.prefix }
  return { type: 'RegularExpression', value: path.pattern }
}

function toValues(values: Readonly<Record<string, ValueOptions>>): ValueMatchConfig[] {
  return Object.entries(values).map(([name, value]) =>
    typeof value === 'string'
      ? { type: 'Exact', name, value }
      : { type: 'RegularExpression', name, value: value.pattern },
  )
}

function toFilter(type: FilterConfig['type'], options: HeaderOptions): FilterConfig {
  const fields = (values: Readonly<Record<string, string>>): { name: string; value: string }[] =>
    Object.entries(values).map(([name, value]) => ({ name, value }))
  return {
    type,
    ...(options.set === undefined ? {} : { set: fields(options.set) }),
    ...(options.add === undefined ? {} : { add: fields(options.add) }),
    ...(options.remove === undefined ? {} : { remove: options.remove }),
  }
}
