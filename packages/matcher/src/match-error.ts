/** The one error of this package: a route that cannot be compiled. Knows nothing of requests, which never cause it. */

/** Stable names of what is wrong with a route. */
export type MatchErrorCode = 'INVALID_HOSTNAME' | 'INVALID_PATH' | 'INVALID_PATTERN' | 'INVALID_METHOD' | 'INVALID_NAME'

const marker = Symbol.for('headgate.matcher.error')

/** Thrown by `compile`. Compare `code`; the message is for people and may change. */
export class MatchError extends Error {
  override readonly name: string = 'MatchError'
  readonly code: MatchErrorCode
  /** Name of the route. */
  readonly route: string
  /** The value that was refused. */
  readonly value: string

  constructor(code: MatchErrorCode, where: string, route: string, value: string, problem: string) {
    super(`${where}: ${JSON.stringify(value)} ${problem}`)
    Object.defineProperty(this, marker, { value: true })
    this.code = code
    this.route = route
    this.value = value
  }

  /** Recognises the error also when two copies of the package are installed. */
  static isInstance(error: unknown): error is MatchError {
    return typeof error === 'object' && error !== null && marker in error
  }
}
