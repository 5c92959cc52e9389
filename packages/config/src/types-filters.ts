/** The filters of Gateway API, and one for those that are not known. It knows no rule. */

/** A Gateway API filter. Answering ones (`RequestRedirect`, a CORS preflight, `Unresolved`) stand on rules only. */
export type FilterConfig =
  | HeaderFilterConfig
  | RedirectFilterConfig
  | RewriteFilterConfig
  | MirrorFilterConfig
  | CorsFilterConfig
  | UnresolvedFilterConfig

/** Gateway API HTTPHeaderFilter on the request or the reply; one action for each name. */
export interface HeaderFilterConfig {
  readonly type: 'RequestHeaderModifier' | 'ResponseHeaderModifier'
  readonly set?: readonly { readonly name: string; readonly value: string }[]
  readonly add?: readonly { readonly name: string; readonly value: string }[]
  readonly remove?: readonly string[]
}

/** `ReplacePrefixMatch` replaces what the rule's PathPrefix match matched. */
export interface PathModifierConfig {
  readonly type: 'ReplaceFullPath' | 'ReplacePrefixMatch'
  readonly value: string
}

/** Gateway API HTTPRequestRedirectFilter. Absent parts are those of the request. */
export interface RedirectFilterConfig {
  readonly type: 'RequestRedirect'
  readonly scheme?: 'http' | 'https'
  readonly hostname?: string
  /** Absent: the scheme's well-known port where a scheme is given, else the listener's port. 80 and 443 are left out of Location. */
  readonly port?: number
  readonly path?: PathModifierConfig
  /** 301, 302, 303, 307 or 308. Default 302. */
  readonly statusCode: number
}

/** Gateway API HTTPURLRewriteFilter. */
export interface RewriteFilterConfig {
  readonly type: 'URLRewrite'
  readonly hostname?: string
  readonly path?: PathModifierConfig
}

/** Gateway API HTTPRequestMirrorFilter: a copy of the share `numerator / denominator`, whose reply is thrown away. */
export interface MirrorFilterConfig {
  readonly type: 'RequestMirror'
  readonly backend: string
  /** Default 1. */
  readonly numerator: number
  /** Default 1. */
  readonly denominator: number
}

/** Gateway API HTTPCORSFilter. */
export interface CorsFilterConfig {
  readonly type: 'CORS'
  /** Origins, `*` or with one `*` label such as `https://*.example.com`. */
  readonly allowOrigins: readonly string[]
  readonly allowMethods: readonly string[]
  readonly allowHeaders: readonly string[]
  readonly exposeHeaders: readonly string[]
  /** Default false. */
  readonly allowCredentials: boolean
  /** Seconds a preflight may be cached. Default 5. */
  readonly maxAge: number
}

/** A filter that is not known here: its rule fails closed with 500. */
export interface UnresolvedFilterConfig {
  readonly type: 'Unresolved'
  readonly reason: string
}
