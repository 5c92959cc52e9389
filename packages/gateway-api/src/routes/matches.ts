/** Matches of HTTPRoute and GRPCRoute as matches of the config. It ranks nothing. */

import type { MatchConfig, ValueMatchConfig } from '@headgate/config'

import type { GrpcMatchBody, HttpMatchBody, ValueMatchBody } from '../resources/routes.ts'

/** An absent path, type or value is the prefix `/` (Gateway API's defaults). */
export function httpMatch({ path, headers, queryParams, method }: HttpMatchBody): MatchConfig {
  return {
    ...(path && { path: { type: path.type ?? 'PathPrefix', value: path.value ?? '/' } }),
    ...(method !== undefined && { method }),
    ...(headers && { headers: headers.map(valueMatch) }),
    ...(queryParams && { query: queryParams.map(valueMatch) }),
  }
}

/**
 * A gRPC call is a POST to `/service/method`, so a match of both is an Exact path, one of the service the prefix `/service`,
 * and all else a regular expression with one group for the service and one for the method.
 */
export function grpcMatch({ method, headers }: GrpcMatchBody): MatchConfig {
  const path = method === undefined ? undefined : grpcPath(method)
  return { ...(path && { path }), ...(headers && { headers: headers.map(valueMatch) }) }
}

function grpcPath({ type = 'Exact', service, method }: NonNullable<GrpcMatchBody['method']>): MatchConfig['path'] {
  const hasService = service !== undefined && service !== ''
  const hasMethod = method !== undefined && method !== ''
  if (!hasService && !hasMethod) return undefined
  if (type === 'RegularExpression') {
    return { type, value: `/(${hasService ? service : '[^/]+'})/(${hasMethod ? method : '[^/]+'})` }
  }
  if (hasService && hasMethod) return { type: 'Exact', value: `/${service}/${method}` }
  if (hasService) return { type: 'PathPrefix', value: `/${service}` }
  return { type: 'RegularExpression', value: `/([^/]+)/(${escaped(method ?? '')})` }
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)
}

function valueMatch({ type, name, value }: ValueMatchBody): ValueMatchConfig {
  return { ...(type && { type }), name, value }
}
