/** Filters of a rule or of a backendRef (Gateway API HTTPRouteFilter). One that is not known fails closed. */

import { nearest } from '@headgate/config'
import type { FilterInput, PathModifierConfig } from '@headgate/config'

import type { RouteResource } from '../attach.ts'
import type { Build } from '../build.ts'
import type { FieldPath } from '../diagnostics.ts'
import type { FilterBody, HeaderFilterBody, MirrorBody, PathModifierBody } from '../resources/filters.ts'
import type { Resource } from '../resources/resource.ts'
import { corsFilter } from './cors.ts'
import { extensionOf } from './extensions.ts'

/** What the filters of one list come to. */
export interface FilterSet {
  readonly filters: readonly FilterInput[]
  /** Policies that are referred to, with the place of the reference. */
  readonly policies: readonly { readonly policy: Resource; readonly path: FieldPath }[]
}

const fields = {
  RequestHeaderModifier: 'requestHeaderModifier',
  ResponseHeaderModifier: 'responseHeaderModifier',
  RequestRedirect: 'requestRedirect',
  URLRewrite: 'urlRewrite',
  RequestMirror: 'requestMirror',
  CORS: 'cors',
  ExternalAuth: 'externalAuth',
  ExtensionRef: 'extensionRef',
} as const

type FilterType = keyof typeof fields

const httpTypes: readonly string[] = Object.keys(fields)
const grpcTypes: readonly string[] = [
  'RequestHeaderModifier',
  'ResponseHeaderModifier',
  'RequestMirror',
  'ExtensionRef',
]

export function translateFilters(
  build: Build,
  route: RouteResource,
  bodies: readonly FilterBody[],
  path: FieldPath,
): FilterSet {
  const filters: FilterInput[] = []
  const policies: { policy: Resource; path: FieldPath }[] = []
  const types = route.kind === 'GRPCRoute' ? grpcTypes : httpTypes
  for (const [index, body] of bodies.entries()) {
    const at = [...path, index]
    const found = types.includes(body.type)
      ? translate(build, route, body, body.type as FilterType, at)
      : unknown(build, route, body.type, types, at)
    if (found === undefined) continue
    if ('policy' in found) policies.push({ ...found, path: at })
    else filters.push(build.provenance.mark(found, route, [...at, fields[body.type as FilterType] ?? 'type']))
  }
  return { filters, policies }
}

type Translated = FilterInput | { readonly policy: Resource } | undefined

function translate(
  build: Build,
  route: RouteResource,
  body: FilterBody,
  type: FilterType,
  path: FieldPath,
): Translated {
  const field = fields[type]
  if (body[field] === undefined && type !== 'CORS') {
    build.context.error(
      route,
      path,
      'missing-field',
      `the field is missing; a filter of the type ${type} needs ${field}`,
    )
    return undefined
  }
  for (const other of Object.keys(body)) {
    if (other === 'type' || other === field) continue
    build.context.warn(route, [...path, other], 'without-effect', `a filter of the type ${type} does not read ${other}`)
  }
  switch (type) {
    case 'RequestHeaderModifier':
      return headerFilter(type, body.requestHeaderModifier)
    case 'ResponseHeaderModifier':
      return headerFilter(type, body.responseHeaderModifier)
    case 'RequestRedirect': {
      const { path: modifier, ...redirect } = body.requestRedirect ?? {}
      return { type, ...redirect, ...modifierPart(build, route, modifier, [...path, field, 'path']) }
    }
    case 'URLRewrite': {
      const { path: modifier, hostname } = body.urlRewrite ?? {}
      const host = hostname === undefined ? {} : { hostname }
      return { type, ...host, ...modifierPart(build, route, modifier, [...path, field, 'path']) }
    }
    case 'RequestMirror':
      return body.requestMirror && mirror(build, route, body.requestMirror, [...path, field])
    case 'CORS':
      return corsFilter(body.cors ?? {})
    case 'ExternalAuth': {
      const reason = 'requests are not authorised by another service here'
      build.context.warn(route, [...path, field], 'unsupported-filter', `${reason}, so this rule answers 500`)
      return { type: 'Unresolved', reason }
    }
    case 'ExtensionRef':
      return body.extensionRef && extensionOf(build, route, body.extensionRef, [...path, field])
  }
}

function unknown(
  build: Build,
  route: RouteResource,
  type: string,
  types: readonly string[],
  path: FieldPath,
): FilterInput {
  const close = nearest(type, types)
  const hint = close === undefined ? `known are ${types.join(', ')}` : `did you mean ${close}?`
  const reason = `the filter ${type} is not known for a ${route.kind}`
  build.context.warn(route, [...path, 'type'], 'unknown-filter', `${reason}, so this rule answers 500`, hint)
  return { type: 'Unresolved', reason }
}

function headerFilter(
  type: 'RequestHeaderModifier' | 'ResponseHeaderModifier',
  body: HeaderFilterBody = {},
): FilterInput {
  const { set, add, remove } = body
  return { type, ...(set && { set }), ...(add && { add }), ...(remove && { remove }) }
}

function modifierPart(
  build: Build,
  route: RouteResource,
  modifier: PathModifierBody | undefined,
  path: FieldPath,
): { readonly path?: PathModifierConfig } {
  if (modifier === undefined) return {}
  const field = modifier.type === 'ReplaceFullPath' ? 'replaceFullPath' : 'replacePrefixMatch'
  const value = modifier[field]
  if (value === undefined) {
    const message = `the field is missing; a path modifier of the type ${modifier.type} needs ${field}`
    build.context.error(route, path, 'missing-field', message)
    return {}
  }
  return { path: build.provenance.mark({ type: modifier.type, value }, route, path) }
}

/** A mirror whose backend is not there is left out: it changes no reply (Gateway API). */
function mirror(build: Build, route: RouteResource, body: MirrorBody, path: FieldPath): FilterInput | undefined {
  const { backendRef, percent, fraction } = body
  if (percent !== undefined && fraction !== undefined) {
    build.context.error(route, path, 'invalid-value', 'only one of percent and fraction may be given')
  }
  const reference = { from: route, path: [...path, 'backendRef'], isGrpc: route.kind === 'GRPCRoute' }
  const found = build.backends.resolve(backendRef, reference)
  if ('unresolved' in found) {
    build.context.warn(route, path, 'mirror-dropped', 'without its backend nothing is mirrored')
    return undefined
  }
  const whole = percent === undefined ? {} : { numerator: percent, denominator: 100 }
  const share = fraction === undefined ? whole : { denominator: 100, ...fraction }
  return { type: 'RequestMirror', backend: found.draft.name, ...share }
}
