/** The running gateway: what an application holds. */

import type { EventEmitter } from 'eventemitter3'
import { ConfigError, describeProblem, parseConfig } from '@headgate/config'
import type { BackendRefConfig, GatewayConfig, GatewayConfigInput, Problem, RuleConfig } from '@headgate/config'
import type { StreamClassifier } from '@headgate/dialect'
import { GatewayError } from './errors.ts'
import type { GatewayEvents } from './events.ts'
import type { Logger, LogOptions } from './log/logger.ts'
import { attachMeters } from './meters/attach.ts'
import { defaultBuckets } from './meters/histogram.ts'
import { Meters } from './meters/meters.ts'
import { readMeters } from './meters/reading.ts'
import type { TokenPrice } from './meters/prices.ts'
import type { MetersReading } from './meters/reading.ts'
import { explainRequest } from './table/explain.ts'
import type { ExplainRequest, Explanation } from './table/explain.ts'
import { Port } from './port.ts'
import { Runtime } from './runtime.ts'
import type { KeyFunction } from './runtime.ts'
import { snapshotBackends } from './table/snapshot.ts'
import type { BackendSnapshot } from './table/snapshot.ts'
import type { SecretTexts } from './table/secrets.ts'
import { buildTable, endpointsOf, retireUnused, routeName } from './table/table.ts'
import type { Telemetry } from './telemetry.ts'

export interface GatewayOptions {
  /** Functions that limits are keyed by, by the name that the config uses. */
  readonly keys?: Readonly<Record<string, KeyFunction>>
  /** Judges of stream events, by the name that the `dialect` of a rule uses. */
  readonly dialects?: Readonly<Record<string, StreamClassifier>>
  /** Texts of `{ secret }` references, by `namespace/name/key`. */
  readonly secrets?: SecretTexts
  /** Source of chance for back-off and jitter, in [0, 1). Default `Math.random`. */
  readonly random?: () => number
  /**
   * Monotonic time in ms, for tests: every clock, breaker and limit of the gateway goes by it. What becomes due happens within
   * 20 ms of real time. Default `performance.now`.
   */
  readonly now?: () => number
  /** What follows requests while they run, such as `openTelemetry()` of `@headgate/otel`. Default none. */
  readonly telemetry?: Telemetry
  /** A line for each request, and for what else happens: a logger such as pino, or one with options. Default none. */
  readonly log?: Logger | LogOptions
}

export interface CloseOptions {
  /** Longest wait for requests in flight before they are broken off, in ms. Default 30,000. */
  readonly drainMs?: number
}

export interface MetersOptions {
  /** Upper bounds of all histograms, in seconds, above 0 and in rising order. Default 5 ms to 10 min, with one at 30 s. */
  readonly buckets?: readonly number[]
  /** Replies are read for what they say of tokens as well, from the first time that it is true. Default false. */
  readonly tokens?: boolean
  /**
   * What tokens cost, by the name that the backend gives the model: the whole name, or that without the day at its end
   * (`-2024-08-06`). Tokens are counted then as well. Those that are given last hold. Default none: no cost is counted.
   */
  readonly prices?: Readonly<Record<string, TokenPrice>>
  /**
   * Durations of requests and attempts and times to the first token keep the trace of the last one in each bucket, from the first time
   * that it is true: that of the `telemetry`, else of the caller's `traceparent` where that is sampled. Default false.
   */
  readonly exemplars?: boolean
}

/** New weights by backend; what is not named keeps its weight. */
export type NewWeights<B extends string = string> = { readonly [Name in B]?: number }

/** A gateway that runs. `B` and `R` are the names of its backends and routes. */
export class Gateway<B extends string = string, R extends string = string> {
  readonly #runtime: Runtime
  /** What mounts call; applications have no use for it. */
  readonly port: Port
  #closed: Promise<void> | undefined

  /** Throws ConfigError (all problems) or GatewayError (a secret or key function is missing); nothing is started then. */
  constructor(config: GatewayConfigInput, options: GatewayOptions = {}) {
    const { config: parsed, warnings } = parse(config)
    this.#runtime = new Runtime({
      keepTotal: parsed.bodies.keepTotal,
      keys: new Map(Object.entries(options.keys ?? {})),
      dialects: new Map(Object.entries(options.dialects ?? {})),
      ...(options.random === undefined ? {} : { random: options.random }),
      ...(options.now === undefined ? {} : { now: options.now }),
      ...(options.telemetry === undefined ? {} : { telemetry: options.telemetry }),
      ...(options.log === undefined ? {} : { log: options.log }),
    })
    const table = buildTable(parsed, this.#runtime, undefined, options.secrets ?? new Map<string, string>())
    for (const { state } of table.backends.values()) state.adopt()
    this.port = new Port(this.#runtime, table)
    this.#warn(warnings)
  }

  /** The config in force, with every default written out. */
  get config(): GatewayConfig {
    return this.port.table.config
  }

  /** Requests in flight. */
  get inFlight(): number {
    return this.#runtime.inFlight
  }

  on<Name extends keyof GatewayEvents>(event: Name, listener: GatewayEvents[Name]): this {
    this.#emitter(event).on(event, listener as (...values: unknown[]) => void)
    return this
  }

  once<Name extends keyof GatewayEvents>(event: Name, listener: GatewayEvents[Name]): this {
    this.#emitter(event).once(event, listener as (...values: unknown[]) => void)
    return this
  }

  off<Name extends keyof GatewayEvents>(event: Name, listener: GatewayEvents[Name]): this {
    this.#emitter(event).off(event, listener as (...values: unknown[]) => void)
    return this
  }

  #emitter(_event: keyof GatewayEvents): EventEmitter {
    return this.#runtime.events as unknown as EventEmitter
  }

  /**
   * Changes the split of a route for requests that begin from now on; streams in flight are left alone.
   * Throws GatewayError when the route or a backend is not there or a weight is not an integer from 0 to 1,000,000.
   */
  setWeights(route: R, weights: NewWeights<B>, rule?: string): void {
    const { config } = this.port.table
    const found = config.routes.find((candidate) => routeName(candidate) === route)
    if (found === undefined) {
      const known = config.routes.map(routeName).join(', ')
      throw new GatewayError('HEADGATE_UNKNOWN_NAME', `there is no route "${route}"; the routes are ${known}`)
    }
    const targets = found.rules.filter((candidate) => rule === undefined || candidate.name === rule)
    if (targets.length !== 1) {
      const why = rule === undefined ? `has ${targets.length} rules; name one` : `has no rule "${rule}"`
      throw new GatewayError('HEADGATE_UNKNOWN_NAME', `route "${route}" ${why}`)
    }
    const changed = (target: RuleConfig): RuleConfig =>
      target === targets[0] ? reweigh(target, weights, route) : target
    const routes = config.routes.map((candidate) =>
      candidate === found ? { ...found, rules: found.rules.map(changed) } : candidate,
    )
    this.#swap({ ...config, routes }, this.port.table.secrets)
  }

  /**
   * Replaces the whole config for requests that begin from now on. Breakers, buckets, budgets and connections of what
   * keeps its name and settings live on; removed backends drain. Throws like the constructor and changes nothing then.
   */
  update(config: GatewayConfigInput, options: Pick<GatewayOptions, 'secrets'> = {}): void {
    try {
      const { config: parsed, warnings } = parse(config)
      this.#swap(parsed, options.secrets ?? this.port.table.secrets)
      this.#warn(warnings)
    } catch (error) {
      if (this.#runtime.meters !== undefined) this.#runtime.meters.refusedReloads++
      throw error
    }
  }

  #warn(warnings: readonly Problem[]): void {
    for (const warning of warnings) this.#runtime.warn('config', describeProblem(warning))
  }

  #swap(config: GatewayConfig, secrets: SecretTexts): void {
    if (this.#closed !== undefined) throw new GatewayError('HEADGATE_CLOSED', 'the gateway is closed')
    const former = this.port.table
    const table = buildTable(config, this.#runtime, former, secrets)
    const { meters } = this.#runtime
    if (meters !== undefined) {
      attachMeters(table, meters, this.#runtime)
      meters.reloads++
    }
    this.port.table = table
    for (const { state } of table.backends.values()) state.adopt()
    retireUnused(former, table)
    if (this.#runtime.listens('config-changed')) {
      const routes = config.routes.map(routeName)
      this.#runtime.emit('config-changed', { routes, backends: config.backends.map((backend) => backend.name) })
    }
  }

  /** Which rule takes a request, what would happen to it, and why the nearest others do not take it. Nothing is sent or charged. */
  explain(request: ExplainRequest): Explanation {
    return explainRequest(this.port.table, request)
  }

  /** Backends, endpoints, breakers and counts as they are now. */
  backends(): readonly BackendSnapshot[] {
    return snapshotBackends(this.port.table, this.#runtime.wheel.now())
  }

  /**
   * All counts so far, and the state of backends, as plain data. The first call begins to count: what is not asked for costs
   * nothing, and requests that began before may be counted in part. Throws RangeError for bad buckets or prices, GatewayError when they
   * are not those that it counts with already.
   */
  meters(options: MetersOptions = {}): MetersReading {
    const runtime = this.#runtime
    const { buckets, tokens = false, prices, exemplars = false } = options
    if (runtime.meters === undefined) {
      runtime.meters = new Meters(buckets ?? defaultBuckets)
      attachMeters(this.port.table, runtime.meters, runtime)
    }
    const { meters } = runtime
    if (buckets !== undefined && buckets.join() !== meters.buckets.seconds.join()) {
      const known = meters.buckets.seconds.join(', ')
      throw new GatewayError('HEADGATE_BUCKETS', `this gateway counts durations in the buckets ${known} already`)
    }
    if (tokens) meters.countTokens()
    if (prices !== undefined) meters.price(prices)
    if (exemplars) meters.keepExemplars()
    return readMeters(meters, this.port.table, runtime.inFlight, runtime.wheel.now())
  }

  /**
   * Refuses new requests with 503, lets those in flight end, then closes every connection. Idempotent.
   * After `drainMs` what is left is broken off, visibly for its callers.
   */
  close(options: CloseOptions = {}): Promise<void> {
    this.#closed ??= this.#close(options.drainMs ?? 30_000)
    return this.#closed
  }

  async #close(drainMs: number): Promise<void> {
    this.#runtime.closing = true
    const endpoints = endpointsOf(this.port.table)
    await Promise.all([this.#runtime.drain(drainMs), ...endpoints.map(({ check }) => check?.stop())])
    await Promise.all(endpoints.map(({ endpoint }) => endpoint.destroy()))
    this.#runtime.wheel.close()
    this.#runtime.emit('closed')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

function parse(input: GatewayConfigInput): { readonly config: GatewayConfig; readonly warnings: readonly Problem[] } {
  const result = parseConfig(input)
  if (!result.ok) throw new ConfigError(result.problems)
  return result
}

function reweigh(rule: RuleConfig, weights: NewWeights, route: string): RuleConfig {
  const names = new Set(rule.backends.flatMap((ref) => ref.backend ?? []))
  for (const [name, weight] of Object.entries(weights)) {
    if (!names.has(name)) {
      const known = [...names].join(', ')
      throw new GatewayError(
        'HEADGATE_UNKNOWN_NAME',
        `route "${route}" does not split over "${name}", but over ${known}`,
      )
    }
    if (weight !== undefined && !(Number.isInteger(weight) && weight >= 0 && weight <= 1_000_000)) {
      const expected = 'an integer from 0 to 1,000,000'
      throw new GatewayError('HEADGATE_WEIGHT', `the weight of "${name}" is ${String(weight)}; expected ${expected}`)
    }
  }
  const changed = new Map(Object.entries(weights))
  const weightOf = (ref: BackendRefConfig): number | undefined =>
    ref.backend === undefined ? undefined : changed.get(ref.backend)
  const backends = rule.backends.map((ref) => ({ ...ref, weight: weightOf(ref) ?? ref.weight }))
  return { ...rule, backends }
}
