/** What outlier ejection remembers of one endpoint, whatever its place in a list. It decides nothing. */

/** Made by whoever keeps endpoints by identity, changed by the `OutlierEjection` that it is given to. */
export class EjectionRecord {
  /** Told to `onChange`: what the endpoint is called. */
  readonly endpoint: string
  /** Failures in a row. */
  failures = 0
  /** What the base time was multiplied by at the last ejection, less the healthy intervals since. */
  multiplier = 0
  ejected = false
  /** When the time of its ejection is over, in ms; it comes back at the first sweep from then on. 0: not ejected. */
  ejectedUntil = 0
  /** When it last came back, in ms. */
  backAt: number = -Infinity

  constructor(endpoint: string) {
    this.endpoint = endpoint
  }
}
