/** One route while it is described: what the chain says, kept until the config is asked for. */

import type {
  FallbackInput,
  FilterInput,
  MatchConfig,
  RetryInput,
  RouteInput,
  SessionInput,
  TimeoutsInput,
  ValueMatchConfig,
} from '@headgate/config'
import type {
  EarlyHeadOptions,
  FallbackOptions,
  LimitOptions,
  PathOptions,
  RetryOptions,
  SplitOptions,
  TimeoutOptions,
  ValueOptions,
  Weights,
  When,
} from './builder-types.ts'
import { corsFilter, headerFilter, mirrorFilter, redirectFilter, rewriteFilter } from './filter-options.ts'
import type { CorsOptions, HeaderOptions, MirrorOptions, RedirectOptions, RewriteOptions } from './filter-options.ts'
import { sessionInput } from './session-options.ts'
import type { SessionOptions } from './session-options.ts'

export class RouteDraft {
  readonly hasTarget = true
  readonly #addLimit: (options: LimitOptions) => string
  readonly #matches: MatchConfig[] = []
  readonly #hostnames: string[] = []
  readonly #listeners: string[] = []
  readonly #filters: FilterInput[] = []
  readonly #limits: string[] = []
  #backends: { backend: string; weight: number }[] = []
  #sticky: { readonly header: string } | undefined
  #session: SessionInput | undefined
  #fallback: FallbackInput | undefined
  #retry: RetryInput | undefined
  #timeouts: TimeoutsInput | undefined
  #dialect: string | undefined
  #earlyHead: EarlyHeadOptions | undefined

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

  listeners(...names: readonly string[]): this {
    this.#listeners.push(...names)
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

  speaks(dialect: string): this {
    this.#dialect = dialect
    return this
  }

  earlyHead(options: EarlyHeadOptions = {}): this {
    this.#earlyHead = options
    return this
  }

  session(options: SessionOptions = {}): this {
    this.#session = sessionInput(options)
    return this
  }

  limit(options: LimitOptions): this {
    this.#limits.push(this.#addLimit(options))
    return this
  }

  requestHeaders(options: HeaderOptions): this {
    this.#filters.push(headerFilter('RequestHeaderModifier', options))
    return this
  }

  responseHeaders(options: HeaderOptions): this {
    this.#filters.push(headerFilter('ResponseHeaderModifier', options))
    return this
  }

  rewrite(options: RewriteOptions): this {
    this.#filters.push(rewriteFilter(options))
    return this
  }

  redirect(options: RedirectOptions): this {
    this.#filters.push(redirectFilter(options))
    return this
  }

  mirror(backend: string, options: MirrorOptions = {}): this {
    this.#filters.push(mirrorFilter(backend, options))
    return this
  }

  cors(options: CorsOptions): this {
    this.#filters.push(corsFilter(options))
    return this
  }

  toRoute(name: string, globalLimits: readonly string[]): RouteInput {
    const rule = {
      matches: this.#matches,
      filters: this.#filters,
      backends: this.#backends,
      sticky: this.#sticky,
      session: this.#session,
      fallback: this.#fallback,
      retry: this.#retry,
      timeouts: this.#timeouts,
      dialect: this.#dialect,
      earlyHead: this.#earlyHead,
      limits: [...globalLimits, ...this.#limits],
    }
    const listeners = this.#listeners.length === 0 ? undefined : this.#listeners
    return { name, hostnames: this.#hostnames, listeners, rules: [rule] }
  }
}

/** What it does not know goes on to the check of the config: without the compiler `paths` would match every path. */
function toMatch({ path, method, headers, query, ...unknown }: When): MatchConfig {
  return {
    ...unknown,
    ...(path === undefined ? {} : { path: toPath(path) }),
    ...(method === undefined ? {} : { method }),
    ...(headers === undefined ? {} : { headers: toValues(headers) }),
    ...(query === undefined ? {} : { query: toValues(query) }),
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
