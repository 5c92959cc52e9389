/** Matches of the config as those of HTTPRoute and GRPCRoute. What a route cannot say is no match at all: a wider one would be wrong. */

import type { MatchConfig, ValueMatchConfig } from '@headgate/config'

import type { GrpcMatchBody, HttpMatchBody, ValueMatchBody } from '../resources/routes.ts'
import { grpcMatch } from '../routes/matches.ts'

/** The methods that HTTPRoute knows. */
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'])

/** The match, or why it cannot be said. */
export type Said<Match> = { readonly match: Match } | { readonly unsaid: string }

export function httpMatchOf({ path, method, headers, query }: MatchConfig): Said<HttpMatchBody> {
  if (method !== undefined && !methods.has(method)) return { unsaid: `HTTPRoute knows no method ${method}` }
  return {
    match: {
      ...(path && { path: { type: path.type, value: path.value } }),
      ...(method !== undefined && { method }),
      ...(headers && { headers: headers.map(valueMatchOf) }),
      ...(query && { queryParams: query.map(valueMatchOf) }),
    },
  }
}

export function grpcMatchOf(config: MatchConfig): Said<GrpcMatchBody> {
  const { path, method, headers, query } = config
  if (method !== undefined || query !== undefined) {
    return { unsaid: 'GRPCRoute matches a gRPC method and header fields, no HTTP method and no query' }
  }
  const fields = headers && { headers: headers.map(valueMatchOf) }
  for (const candidate of candidatesFor(path)) {
    const match = { ...(candidate && { method: candidate }), ...fields }
    // The reader decides what a match means, so it also decides whether this one says the same.
    if (JSON.stringify(grpcMatch(match).path) === JSON.stringify(path)) return { match }
  }
  return { unsaid: 'the path is not that of a gRPC service or method' }
}

type Method = NonNullable<GrpcMatchBody['method']>

function candidatesFor(path: MatchConfig['path']): readonly (Method | undefined)[] {
  if (path === undefined) return [undefined]
  if (path.type !== 'RegularExpression') {
    const [, service = '', method] = path.value.split('/')
    return [method === undefined ? { service } : { service, method }]
  }
  const parts = /^\/\((.*?)\)\/\((.*)\)$/s.exec(path.value)
  if (parts === null) return []
  const [, service = '', method = ''] = parts
  const any = '[^/]+'
  const pattern = { ...(service !== any && { service }), ...(method !== any && { method }) }
  const plain = method.replaceAll(/\\([\\^$.*+?()[\]{}|])/g, '$1')
  return [{ method: plain }, { type: 'RegularExpression', ...pattern }]
}

function valueMatchOf({ type, name, value }: ValueMatchConfig): ValueMatchBody {
  return { ...(type && { type }), name, value }
}
