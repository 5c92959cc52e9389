/** Gateway API HTTPCORSFilter: the answer to a preflight, and the fields of other replies. It judges no request: browsers do. */

import type { CorsFilterConfig } from '@headgate/config'
import { addHeader, removeHeader } from '@headgate/proxy'
import { AllowedOrigins } from './cors-origins.ts'

/** What is read of a request. `name` is lower case; repeated fields are one value, joined with commas. */
export interface CorsRequest {
  readonly method: string
  header(name: string): string | undefined
}

export interface PreflightAnswer {
  readonly status: 204
  /** Flat: name, value, name, value. */
  readonly headers: readonly string[]
}

const token = /^[-!#$%&'*+.^_`|~0-9A-Za-z]+$/
const tokenList = /^[-!#$%&'*+.^_`|~0-9A-Za-z, \t]+$/

/** Is this a CORS preflight, which no backend sees (Fetch, "CORS-preflight request")? Any other OPTIONS is a request like all. */
export function isPreflight(request: CorsRequest): boolean {
  return (
    request.method === 'OPTIONS' &&
    request.header('origin') !== undefined &&
    request.header('access-control-request-method') !== undefined
  )
}

/** One CORS filter, ready for use. Holds no state. */
export class CorsPolicy {
  readonly #origins: AllowedOrigins
  /** Every reply is the same for every origin. */
  readonly #isOpen: boolean
  readonly #allowCredentials: boolean
  /** Undefined for `*`: what is asked for is allowed. */
  readonly #methods: string | undefined
  readonly #headers: string | undefined
  readonly #exposed: string
  readonly #maxAge: string
  /** Fields of a preflight that its answer depends on. */
  readonly #preflightVary: string

  constructor(filter: CorsFilterConfig) {
    const { allowCredentials, allowMethods, allowHeaders, exposeHeaders } = filter
    this.#origins = new AllowedOrigins(filter.allowOrigins)
    this.#isOpen = this.#origins.any && !allowCredentials
    this.#allowCredentials = allowCredentials
    this.#methods = allowMethods.includes('*') ? undefined : allowMethods.join(', ')
    this.#headers = allowHeaders.includes('*') ? undefined : allowHeaders.join(', ')
    // Beside credentials browsers read `*` as a field of that name, and the API forbids it.
    this.#exposed = exposeHeaders.filter((name) => name !== '*' || !allowCredentials).join(', ')
    this.#maxAge = String(filter.maxAge)
    const vary = this.#isOpen ? [] : ['Origin']
    if (this.#methods === undefined) vary.push('Access-Control-Request-Method')
    if (this.#headers === undefined) vary.push('Access-Control-Request-Headers')
    this.#preflightVary = vary.join(', ')
  }

  /**
   * The answer to a preflight. An origin that is not allowed gets the same status without the fields that would let the
   * browser go on. Methods and fields are the filter's lists; where a list is `*`, what was asked for is given back, because a
   * literal `*` covers no `Authorization`, and nothing at all beside credentials (Fetch, "CORS protocol and credentials").
   */
  preflight(request: CorsRequest): PreflightAnswer {
    const headers: string[] = []
    const origin = request.header('origin')
    if (origin !== undefined && this.#origins.allows(origin)) {
      this.#pushShared(headers, origin)
      const methods = this.#methods ?? asked(request, 'access-control-request-method', token)
      if (methods !== '') headers.push('access-control-allow-methods', methods)
      const names = this.#headers ?? asked(request, 'access-control-request-headers', tokenList)
      if (names !== '') headers.push('access-control-allow-headers', names)
      headers.push('access-control-max-age', this.#maxAge)
    }
    if (this.#preflightVary !== '') headers.push('vary', this.#preflightVary)
    return { status: 204, headers }
  }

  /**
   * Puts the filter's fields into a reply that is no answer to a preflight, in place. `headers` is flat; `origin` is the
   * request's. The backend's own word on origins is removed: model servers often allow every one, and the filter decides.
   */
  apply(headers: string[], origin: string | undefined): void {
    removeHeader(headers, 'access-control-allow-origin')
    removeHeader(headers, 'access-control-allow-credentials')
    removeHeader(headers, 'access-control-expose-headers')
    // A reply that does not depend on the origin carries its fields always, so that caches can hold one copy for all.
    if (!this.#isOpen) addVary(headers, 'Origin')
    if (this.#isOpen || (origin !== undefined && this.#origins.allows(origin))) this.#pushShared(headers, origin)
  }

  #pushShared(headers: string[], origin: string | undefined): void {
    headers.push('access-control-allow-origin', this.#isOpen || origin === undefined ? '*' : origin)
    if (this.#allowCredentials) headers.push('access-control-allow-credentials', 'true')
    if (this.#exposed !== '') headers.push('access-control-expose-headers', this.#exposed)
  }
}

/** What the preflight asks for, or empty where it does not ask or in no proper form. */
function asked(request: CorsRequest, name: string, form: RegExp): string {
  const value = request.header(name)
  return value !== undefined && form.test(value) ? value : ''
}

/** Adds a name to Vary unless it is there, or `*` is (RFC 9110 section 12.5.5). */
function addVary(headers: string[], name: string): void {
  const lowerName = name.toLowerCase()
  for (let at = 0; at < headers.length; at += 2) {
    if (headers[at]?.toLowerCase() !== 'vary') continue
    for (const entry of headers[at + 1]?.split(',') ?? []) {
      const named = entry.trim().toLowerCase()
      if (named === '*' || named === lowerName) return
    }
  }
  addHeader(headers, 'vary', name)
}
