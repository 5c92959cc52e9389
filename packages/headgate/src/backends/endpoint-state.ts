/** One endpoint as one table has it. Each of its parts lives on into the next table while its own settings are the same. */

import { Breaker, EjectionRecord } from '@headgate/breaker'
import type { BreakerHooks } from '@headgate/breaker'
import type { BackendConfig, BreakerConfig } from '@headgate/config'
import type { Endpoint } from '@headgate/proxy'
import type { Runtime } from '../runtime.ts'
import type { FlatHeaders } from '../table/backend-headers.ts'
import type { SecretTexts } from '../table/secrets.ts'
import { EndpointLoad } from './endpoint-load.ts'
import type { EndpointOwner } from './endpoint-load.ts'
import { HealthCheck } from './health-check.ts'
import { sameParts } from './same-parts.ts'
import { openEndpoint, sameTransport } from './transport.ts'

/** The backend as it is being made, and as the former table had it. */
export interface EndpointParts {
  readonly owner: EndpointOwner
  readonly config: BackendConfig
  readonly former: { readonly config: BackendConfig; readonly endpoints: readonly EndpointState[] } | undefined
  /** Fields of this backend alone, which checks carry as well. */
  readonly headers: FlatHeaders
  readonly secrets: SecretTexts
  readonly runtime: Runtime
}

export class EndpointState {
  readonly load: EndpointLoad
  readonly endpoint: Endpoint
  readonly breaker: Breaker | undefined
  readonly record: EjectionRecord | undefined
  readonly check: HealthCheck | undefined

  constructor(url: string, parts: EndpointParts) {
    const { owner, config, runtime, secrets, former } = parts
    const kept = former?.endpoints.find((state) => state.url === url)
    const same = (part: keyof BackendConfig): boolean => sameParts(former?.config[part], config[part])
    this.load = kept?.load ?? new EndpointLoad(url, owner)
    this.endpoint =
      kept !== undefined && former !== undefined && sameTransport(former.config, config)
        ? kept.endpoint
        : openEndpoint(url, config, runtime, secrets)
    const { breaker, outlierDetection, healthCheck } = config
    if (breaker !== undefined)
      this.breaker = same('breaker') && kept?.breaker !== undefined ? kept.breaker : this.#openBreaker(breaker, runtime)
    if (outlierDetection !== undefined)
      this.record = same('outlierDetection') && kept?.record !== undefined ? kept.record : new EjectionRecord(url)
    if (healthCheck !== undefined) this.check = HealthCheck.open(this.load, healthCheck, parts, kept?.check)
  }

  get url(): string {
    return this.load.url
  }

  /** Attempts at this URL. */
  get inFlight(): number {
    return this.load.inFlight
  }

  /** Ejected, or found unhealthy. */
  get out(): boolean {
    return this.record?.ejected === true || this.check?.kind === 'unhealthy'
  }

  #openBreaker(settings: BreakerConfig, runtime: Runtime): Breaker {
    const { load } = this
    const hooks: BreakerHooks = {
      random: runtime.random,
      mayOpen: () => load.owner.mayOpenBreaker(),
      onChange: (from, to) => load.owner.breakerChanged(load.url, from, to),
    }
    const { failures, openFor, maxOpenFor, probes, ratio } = settings
    const core = { failures, openMs: openFor, maxOpenMs: maxOpenFor, probes }
    if (ratio === undefined) return new Breaker(core, hooks)
    const { threshold, window, minimum } = ratio
    return new Breaker({ ...core, ratio: { threshold, windowMs: window, minimum } }, hooks)
  }
}
