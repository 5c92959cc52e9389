/** What one limit decided, counted in place. */

export interface LimitReading {
  readonly limit: string
  /** Requests that it applied to and that all limits let through. */
  readonly allowed: number
  /** Requests that it refused; one that another limit refused is not counted. */
  readonly refused: number
  /** Keys with a bucket now; undefined for a limit that a reload removed. */
  readonly keys: number | undefined
}

export class LimitMeter {
  readonly name: string
  /** Number of the last table that had it. */
  table = 0
  /** A request in flight may still count with it. Asked when a table comes. */
  held = false
  allowed = 0
  refused = 0

  constructor(name: string) {
    this.name = name
  }
}
