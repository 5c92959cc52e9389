/** What active health checks say of one endpoint: results in, a state out. It sends nothing and knows no clock. */

/** `unknown` until the first result. */
export type HealthKind = 'unknown' | 'healthy' | 'unhealthy'

export interface HealthOptions {
  /** Successes in a row that make an unhealthy endpoint healthy (Envoy `healthy_threshold`). Default 2. */
  readonly healthy?: number
  /** Failures in a row that make a healthy endpoint unhealthy (Envoy `unhealthy_threshold`). Default 3. */
  readonly unhealthy?: number
}

/** The first result decides at once, as in Envoy; from then on it takes a threshold of contrary results in a row. */
export class Health {
  readonly #healthyAfter: number
  readonly #unhealthyAfter: number
  #kind: HealthKind = 'unknown'
  /** Results in a row that speak against `kind`. */
  #contrary = 0

  /** @throws RangeError unless both thresholds are integers of 1 or more. */
  constructor(options: HealthOptions = {}) {
    this.#healthyAfter = checked('healthy', options.healthy ?? 2)
    this.#unhealthyAfter = checked('unhealthy', options.unhealthy ?? 3)
  }

  get kind(): HealthKind {
    return this.#kind
  }

  /** Counts one result. True when it changed `kind`. */
  result(success: boolean): boolean {
    const says = success ? 'healthy' : 'unhealthy'
    if (says === this.#kind) {
      this.#contrary = 0
      return false
    }
    this.#contrary++
    const needed = this.#kind === 'unknown' ? 1 : success ? this.#healthyAfter : this.#unhealthyAfter
    if (this.#contrary < needed) return false
    this.#kind = says
    this.#contrary = 0
    return true
  }
}

function checked(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 1) return value
  throw new RangeError(`health: ${name} is ${value}, expected an integer of 1 or more`)
}
