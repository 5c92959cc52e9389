/** What headgate throws at set-up time. Requests never see these. */

const marker: symbol = Symbol.for('headgate.GatewayError')

/** A gateway that cannot be built or changed as asked. `code` is stable. */
export class GatewayError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.name = 'GatewayError'
    this.code = code
    Object.defineProperty(this, marker, { value: true })
  }

  /** Also true for an error of another copy of the package. */
  static isInstance(value: unknown): value is GatewayError {
    return typeof value === 'object' && value !== null && marker in value
  }
}
