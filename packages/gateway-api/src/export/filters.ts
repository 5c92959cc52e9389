/** Filters of the config as those of a route. One that fails closed keeps failing. */

import type { CorsFilterConfig, FilterConfig, HeaderFilterConfig, PathModifierConfig } from '@headgate/config'

import { refTo } from './backend-refs.ts'
import type { Export } from './context.ts'
import { composed } from './header-filters.ts'
import type { RoutePlace } from './route-places.ts'

type Fields = Readonly<Record<string, unknown>>

/** A kind that nobody has: what refers to it is answered with 500, there as here. */
export const unresolvedRef = { group: 'headgate.dev', kind: 'Unresolved', name: 'unresolved' } as const

/** The types that a GRPCRoute has no words for. */
const httpOnly: ReadonlySet<FilterConfig['type']> = new Set(['RequestRedirect', 'URLRewrite', 'CORS'])

export function filtersOf(
  parts: Export,
  route: RoutePlace,
  filters: readonly FilterConfig[],
  place: string,
): readonly Fields[] {
  return merged(filters).flatMap((filter) => filterOf(parts, route, filter, `${place}.filters`))
}

/** Of each kind of header filter a list has one, at the place of the first. */
function merged(filters: readonly FilterConfig[]): readonly FilterConfig[] {
  const seen = new Set<FilterConfig['type']>()
  return filters.flatMap((filter) => {
    if (!isHeaderFilter(filter)) return filter
    if (seen.has(filter.type)) return []
    seen.add(filter.type)
    return composed(filters.filter(isHeaderFilter).filter(({ type }) => type === filter.type)) ?? []
  })
}

function isHeaderFilter(filter: FilterConfig): filter is HeaderFilterConfig {
  return filter.type === 'RequestHeaderModifier' || filter.type === 'ResponseHeaderModifier'
}

function filterOf(parts: Export, route: RoutePlace, filter: FilterConfig, place: string): readonly Fields[] {
  if (httpOnly.has(filter.type) && route.kind === 'GRPCRoute') {
    // kgateway has CORS in a TrafficPolicy as well.
    if (parts.dialect === 'gateway-api' || filter.type !== 'CORS') {
      parts.unsaid.add(place, `a GRPCRoute has no filter ${filter.type}`)
    }
    return []
  }
  const { type } = filter
  switch (filter.type) {
    case 'RequestHeaderModifier':
      return [{ type, requestHeaderModifier: headerBody(filter) }]
    case 'ResponseHeaderModifier':
      return [{ type, responseHeaderModifier: headerBody(filter) }]
    case 'RequestRedirect': {
      const { scheme, hostname, port, path, statusCode } = filter
      const body = { scheme, hostname, port, ...modifier(path), ...(statusCode !== 302 && { statusCode }) }
      return [{ type, requestRedirect: defined(body) }]
    }
    case 'URLRewrite':
      return [{ type, urlRewrite: defined({ hostname: filter.hostname, ...modifier(filter.path) }) }]
    case 'RequestMirror': {
      const { backend, numerator, denominator } = filter
      const share = shareOf(numerator, denominator)
      return [{ type, requestMirror: { backendRef: refTo(parts, route, backend), ...share } }]
    }
    case 'CORS':
      return [{ type, cors: corsBody(parts, filter, place) }]
    case 'Unresolved':
      parts.unsaid.add(
        place,
        `a filter fails closed: ${filter.reason}`,
        'a reference to nothing, which fails closed too',
      )
      return [{ type: 'ExtensionRef', extensionRef: unresolvedRef }]
  }
}

function headerBody({ set, add, remove }: HeaderFilterConfig): Fields {
  return { ...(set && { set }), ...(add && { add }), ...(remove && { remove }) }
}

function modifier(path: PathModifierConfig | undefined): Fields {
  if (path === undefined) return {}
  const { type, value } = path
  return { path: { type, [type === 'ReplaceFullPath' ? 'replaceFullPath' : 'replacePrefixMatch']: value } }
}

function shareOf(numerator: number, denominator: number): Fields {
  if (numerator === denominator && denominator === 1) return {}
  return denominator === 100 ? { percent: numerator } : { fraction: { numerator, denominator } }
}

/** The same fields in HTTPRoute and in kgateway's TrafficPolicy. */
export function corsBody({ unsaid }: Pick<Export, 'unsaid'>, filter: CorsFilterConfig, place: string): Fields {
  const { allowOrigins, allowMethods, allowHeaders, exposeHeaders, allowCredentials, maxAge } = filter
  if (maxAge === 0) unsaid.add(`${place}.maxAge`, 'a preflight is kept for at least one second there', 'maxAge: 1')
  return {
    ...(allowOrigins.length > 0 && { allowOrigins }),
    ...(allowMethods.length > 0 && { allowMethods }),
    ...(allowHeaders.length > 0 && { allowHeaders }),
    ...(exposeHeaders.length > 0 && { exposeHeaders }),
    ...(allowCredentials && { allowCredentials }),
    ...(maxAge !== 5 && { maxAge: Math.max(1, maxAge) }),
  }
}

function defined(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
