/**
 * Active health checks of one endpoint on the gateway's own clock. Neither breakers nor capacity nor events of requests know
 * of them. It chooses nothing.
 */

import { Health } from '@headgate/breaker'
import type { HealthKind } from '@headgate/breaker'
import type { BackendConfig, HealthCheckConfig } from '@headgate/config'
import { Alarm, Attempt, setHeader } from '@headgate/proxy'
import type { AttemptClocks, AttemptFailure, AttemptListener, Endpoint } from '@headgate/proxy'
import type { Runtime } from '../runtime.ts'
import type { FlatHeaders } from '../table/backend-headers.ts'
import type { SecretTexts } from '../table/secrets.ts'
import type { EndpointLoad } from './endpoint-load.ts'
import { sameParts } from './same-parts.ts'
import { openCheckEndpoint, sameWay } from './transport.ts'

/** Longest wait for the first check, in ms: the checks of a table do not all begin at once. */
const mostStartMs = 1000

export interface CheckParts {
  readonly config: BackendConfig
  readonly headers: FlatHeaders
  readonly secrets: SecretTexts
  readonly runtime: Runtime
}

export class HealthCheck extends Alarm implements AttemptListener<Attempt> {
  readonly #load: EndpointLoad
  readonly #settings: HealthCheckConfig
  readonly #parts: CheckParts
  readonly #endpoint: Endpoint
  readonly #head: FlatHeaders
  readonly #clocks: AttemptClocks
  readonly #health: Health
  #state: 'made' | 'running' | 'stopped' = 'made'

  private constructor(load: EndpointLoad, settings: HealthCheckConfig, parts: CheckParts) {
    super()
    this.#load = load
    this.#settings = settings
    this.#parts = parts
    this.#endpoint = openCheckEndpoint(load.url, parts.config, parts.runtime, parts.secrets)
    this.#head = checkHead(load.url, settings, parts.headers)
    this.#clocks = { headersMs: 0, idleMs: 0, backendMs: settings.timeout }
    this.#health = new Health({ healthy: settings.healthy, unhealthy: settings.unhealthy })
  }

  /** `former` itself where it asks the same question in the same way, so that what it knows lives on. */
  static open(
    load: EndpointLoad,
    settings: HealthCheckConfig,
    parts: CheckParts,
    former: HealthCheck | undefined,
  ): HealthCheck {
    return former !== undefined && former.#asks(settings, parts) ? former : new HealthCheck(load, settings, parts)
  }

  get kind(): HealthKind {
    return this.#health.kind
  }

  /** Begins to ask, unless it does already. */
  start(): void {
    if (this.#state !== 'made') return
    this.#state = 'running'
    const { wheel, random } = this.#parts.runtime
    wheel.arm(this, random() * Math.min(mostStartMs, this.#settings.interval))
  }

  /** Asks no more; what is under way is given up on the wire. */
  async stop(): Promise<void> {
    this.#state = 'stopped'
    this.#parts.runtime.wheel.disarm(this)
    await this.#endpoint.destroy()
  }

  override ring(): void {
    const { method, path } = this.#settings
    const attempt = new Attempt(this.#endpoint, this.#parts.runtime.wheel, this.#clocks, this)
    attempt.start(method, path, [...this.#head], null)
  }

  attemptHead(): void {}

  attemptData(): boolean {
    return true
  }

  attemptEnded({ status }: Attempt): void {
    const success = this.#settings.statuses.some(({ from, to }) => from <= status && status <= to)
    this.#over(success, String(status))
  }

  attemptFailed(_attempt: Attempt, failure: AttemptFailure): void {
    this.#over(false, failure.kind)
  }

  #over(success: boolean, because: string): void {
    if (this.#state === 'stopped') return
    const { wheel } = this.#parts.runtime
    wheel.arm(this, this.#settings.interval)
    const from = this.#health.kind
    this.#health.result(success)
    this.#load.owner.checked(this.#load.url, from, this.#health.kind, because, success, wheel.now())
  }

  #asks(settings: HealthCheckConfig, { config, headers }: CheckParts): boolean {
    return (
      sameParts(this.#settings, settings) &&
      sameWay(this.#parts.config, config) &&
      sameParts(this.#parts.headers, headers)
    )
  }
}

/** The backend's own fields, such as its credential, go with a check as with every request to it. */
function checkHead(url: string, { host }: HealthCheckConfig, headers: FlatHeaders): FlatHeaders {
  const head = ['host', new URL(url).host, 'user-agent', 'headgate-health-check', 'accept', '*/*']
  for (let at = 0; at < headers.length; at += 2) setHeader(head, headers[at] as string, headers[at + 1] as string)
  if (host !== undefined) setHeader(head, 'host', host)
  return head
}
