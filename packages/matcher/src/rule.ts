/** What a route, a rule and a match are, and what is known of a request. Knows no HTTP library and no precedence. */

/** Gateway API HTTPPathMatch. `Exact` is byte-equal, `PathPrefix` goes by whole elements, `RegularExpression` matches in full. */
export interface PathMatch {
  readonly type: 'Exact' | 'PathPrefix' | 'RegularExpression'
  readonly value: string
}

/** Gateway API HTTPHeaderMatch and HTTPQueryParamMatch. A regular expression must match the whole value. */
export interface ValueMatch {
  /** Default `Exact`: equal and case-sensitive. */
  readonly type?: 'Exact' | 'RegularExpression'
  /** Header names are compared without case, names of query parameters with case. Of equal names in one list the first counts. */
  readonly name: string
  readonly value: string
}

/** Gateway API HTTPRouteMatch: path AND method AND headers AND query. */
export interface Match {
  /** Default: prefix `/`. */
  readonly path?: PathMatch
  /** Compared with case, as HTTP methods are (RFC 9110 section 9.1). Default: every method. */
  readonly method?: string
  /** All of them must be met. Default: none. */
  readonly headers?: readonly ValueMatch[]
  /** All of them must be met. Default: none. */
  readonly query?: readonly ValueMatch[]
}

/** One thing to win and the matches, any of which wins it. */
export interface Rule<T> {
  readonly name?: string
  /** ORed. None: prefix `/`. */
  readonly matches?: readonly Match[]
  /** What the caller wants back. Never looked into. */
  readonly value: T
}

/** Gateway API HTTPRoute: rules that share host names. */
export interface Route<T> {
  readonly name: string
  /** Where two routes both have one, their ties go by `namespace/name`. */
  readonly namespace?: string
  /** Exact or `*.` wildcard, lower case. None: every host. */
  readonly hostnames?: readonly string[]
  /** Creation time in ms since the epoch. Where two routes both have one, the older wins their ties. */
  readonly createdAt?: number
  readonly rules: readonly Rule<T>[]
}

/** One match of one rule of one route under one host name: what a request can win. Frozen, made once by `compile`. */
export interface Row<T> {
  readonly route: Route<T>
  /** Place of the route in the list given to `compile`. */
  readonly routeIndex: number
  readonly rule: Rule<T>
  readonly ruleIndex: number
  /** As written in the rule; prefix `/` where the rule has no matches. */
  readonly match: Match
  readonly matchIndex: number
  /** `undefined`: every host. */
  readonly hostname: string | undefined
  /** The rule's value. */
  readonly value: T
}

/** What is known of a request. */
export interface Facts {
  /** As sent. */
  readonly method: string
  /** Lower case, no port: what `normaliseHost` gives. */
  readonly host: string
  /** As sent, without the query. Not decoded: the same bytes are matched and forwarded. */
  readonly path: string
  /** As sent, without the `?`; empty where there is none. */
  readonly query: string
  /**
   * Value of a header field by its lower-case name, repeated fields joined by a comma (RFC 9110 section 5.3).
   * `undefined` where absent. Must answer `undefined` for names such as `constructor` that were not sent.
   */
  header(name: string): string | undefined
}

/** Routes made ready for `match`, `scan` and `explain` by `compile`. Immutable to its users; may serve any number of requests. */
export interface MatchTable<T> {
  /** Every row, the one that wins first. */
  readonly rows: readonly Row<T>[]
}

/** What a match without a path means (Gateway API HTTPRouteMatch). */
export const everyPath: PathMatch = Object.freeze({ type: 'PathPrefix', value: '/' })
