/** Filters as they are said in the builder, and as plain data. It judges nothing: the schema does. */

import { parseDuration } from '@headgate/config'
import type {
  CorsFilterInput,
  DurationText,
  HeaderFilterConfig,
  MirrorFilterInput,
  PathModifierConfig,
  RedirectFilterInput,
  RewriteFilterConfig,
} from '@headgate/config'

/** One action for each field. */
export interface HeaderOptions {
  readonly set?: Readonly<Record<string, string>>
  /** Appended to what is there, with a comma. */
  readonly add?: Readonly<Record<string, string>>
  readonly remove?: readonly string[]
}

/** The whole path, or what stands in the place of the path prefix that the route matched: one of both. */
export type NewPath =
  | { readonly path?: `/${string}`; readonly prefix?: never }
  | {
      /** Empty or `/` drops the matched prefix. The route must match prefixes only. */
      readonly prefix?: `/${string}` | ''
      readonly path?: never
    }

/** What is left out stays as it is. */
export type RewriteOptions = NewPath & {
  /** The value of Host for the backend, without a port. */
  readonly host?: string
}

/** What is left out is as in the request; the query is kept. */
export type RedirectOptions = NewPath & {
  readonly scheme?: 'http' | 'https'
  /** Exact, without a port. */
  readonly host?: string
  /** Default: the scheme's own port where `scheme` is given, else the listener's. */
  readonly port?: number
  /** Default 302. */
  readonly status?: 301 | 302 | 303 | 307 | 308
}

export interface MirrorOptions {
  /** Share of the requests that are copied, 0 to 100 with up to four decimals. Default 100. */
  readonly percent?: number
}

/** Gateway API HTTPCORSFilter, whose words these are. */
export interface CorsOptions {
  /** Scheme, host and port, where the host may begin with `*.`; or `*` alone. */
  readonly allowOrigins: '*' | readonly ('*' | `http://${string}` | `https://${string}`)[]
  /** Besides GET, HEAD and POST, which browsers always allow. `*` alone allows every one. Default none. */
  readonly allowMethods?: '*' | readonly string[]
  /** Fields that pages may send. `*` alone allows every one. Default none. */
  readonly allowHeaders?: '*' | readonly string[]
  /** Fields of replies that pages may read. Default none. */
  readonly exposeHeaders?: '*' | readonly string[]
  /** Cookies and credentials may be sent. Default false. */
  readonly allowCredentials?: boolean
  /** How long browsers remember the answer to a preflight, in whole seconds. Default `5s`. */
  readonly maxAge?: DurationText
}

export function headerFilter(type: HeaderFilterConfig['type'], options: HeaderOptions): HeaderFilterConfig {
  const fields = (values: Readonly<Record<string, string>>): { name: string; value: string }[] =>
    Object.entries(values).map(([name, value]) => ({ name, value }))
  return {
    type,
    ...(options.set === undefined ? {} : { set: fields(options.set) }),
    ...(options.add === undefined ? {} : { add: fields(options.add) }),
    ...(options.remove === undefined ? {} : { remove: options.remove }),
  }
}

export function rewriteFilter({ host, ...rest }: RewriteOptions): RewriteFilterConfig {
  return { type: 'URLRewrite', ...(host === undefined ? {} : { hostname: host }), ...pathModifier(rest) }
}

export function redirectFilter({ scheme, host, port, status, ...rest }: RedirectOptions): RedirectFilterInput {
  return { type: 'RequestRedirect', scheme, hostname: host, port, statusCode: status, ...pathModifier(rest) }
}

export function mirrorFilter(backend: string, { percent = 100 }: MirrorOptions): MirrorFilterInput {
  const [numerator, denominator] = Number.isInteger(percent)
    ? [percent, 100]
    : [Math.round(percent * 10_000), 1_000_000]
  return { type: 'RequestMirror', backend, numerator, denominator }
}

export function corsFilter(options: CorsOptions): CorsFilterInput {
  const { maxAge } = options
  // A text that is no duration becomes a number that the schema refuses.
  const seconds = maxAge === undefined ? undefined : (parseDuration(maxAge) ?? Number.NaN) / 1000
  return {
    type: 'CORS',
    allowOrigins: list(options.allowOrigins),
    allowMethods: list(options.allowMethods),
    allowHeaders: list(options.allowHeaders),
    exposeHeaders: list(options.exposeHeaders),
    allowCredentials: options.allowCredentials,
    maxAge: seconds,
  }
}

function pathModifier({ path, prefix }: NewPath): { readonly path?: PathModifierConfig } {
  if (path !== undefined) return { path: { type: 'ReplaceFullPath', value: path } }
  return prefix === undefined ? {} : { path: { type: 'ReplacePrefixMatch', value: prefix } }
}

function list(values: '*' | readonly string[] | undefined): readonly string[] | undefined {
  return values === '*' ? ['*'] : values
}
