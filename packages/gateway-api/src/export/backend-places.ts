/** The object and port that each backend gets. Those that were read from manifests keep theirs. It writes no objects. */

import type { BackendConfig, FilterConfig, GatewayConfig } from '@headgate/config'

import { addressesOf } from './addresses.ts'
import type { Address } from './addresses.ts'
import { appProtocolOf } from './app-protocols.ts'
import { formOf } from './backend-forms.ts'
import type { BackendForm } from './backend-forms.ts'
import { budgetOf, settingsOf } from './backend-settings.ts'
import { tlsOf } from './backend-tls.ts'
import type { SaidTls } from './backend-tls.ts'
import type { ExportDialect } from './dialects.ts'
import { isLabel, slug } from './names.ts'
import type { NameSet } from './names.ts'
import { defaultNamespace } from './route-places.ts'
import type { RoutePlace } from './route-places.ts'
import { sessionBody } from './sessions.ts'
import { placeOf } from './unsaid.ts'
import type { UnsaidList } from './unsaid.ts'

export interface BackendPlace {
  readonly backend: BackendConfig
  readonly kind: 'Service' | 'Backend'
  readonly namespace: string
  readonly name: string
  /** Of the Service. */
  readonly port: number
  readonly appProtocol: string | undefined
  readonly addresses: readonly Address[]
  readonly tls: SaidTls
  /** Fields of BackendConfigPolicy.spec, and of XBackendTrafficPolicy.spec.retryConstraint. */
  readonly settings: Readonly<Record<string, unknown>>
  readonly budget: Readonly<Record<string, unknown>> | undefined
  /** Fields of XBackendTrafficPolicy.spec.sessionPersistence. */
  readonly session: Readonly<Record<string, unknown>> | undefined
  /** True where the object's name says what the backend is called. */
  readonly isNatural: boolean
  /** Endpoints of its further priority groups, in order. */
  readonly groups: readonly (readonly Address[])[]
}

export type BackendPlaces = ReadonlyMap<string, BackendPlace>

export interface PlaceParts {
  readonly config: GatewayConfig
  readonly routes: readonly RoutePlace[]
  readonly dialect: ExportDialect
  readonly names: NameSet
  readonly unsaid: UnsaidList
}

export function backendPlaces(parts: PlaceParts): BackendPlaces {
  const { config, routes, unsaid } = parts
  const users = usersOf(routes)
  const grouped = groupsOf(parts, users)
  const byName = new Map(config.backends.map((backend) => [backend.name, backend]))
  for (const { name } of config.backends) {
    if (users.all.has(name) || grouped.members.has(name)) continue
    unsaid.add(placeOf('backends', name), 'no rule sends requests to it', 'the backend is left out')
  }
  const drafts = [...users.all.keys()].flatMap((name) => {
    const backend = byName.get(name)
    return backend === undefined ? [] : draftOf(parts, backend, users, grouped)
  })
  const natural = new Map<string, BackendPlace>()
  for (const draft of drafts) {
    if (!fitsNaturally(draft, parts.dialect, users, [...natural.values()])) continue
    const { form } = draft
    if (form === undefined) continue
    parts.names.reserve(`${form.kind}/${form.namespace}`, form.name)
    natural.set(draft.backend.name, {
      ...draft,
      kind: form.kind === 'Backend' ? 'Backend' : 'Service',
      isNatural: true,
    })
  }
  const places = drafts.map((draft): [string, BackendPlace] => {
    const { form, ...rest } = draft
    const { name } = draft.backend
    if (form?.kind === 'InferencePool') {
      const reason = 'the pods that an InferencePool selects are not in the config'
      unsaid.add(placeOf('backends', name), reason, 'a Service of the same name, to be replaced by the pool')
    }
    return [name, natural.get(name) ?? { ...rest, name: freeName(parts, draft), isNatural: false }]
  })
  return new Map(places)
}

type Draft = BackendPlace & { readonly form: BackendForm | undefined }

interface Users {
  /** In the order in which the routes name them, each with the namespace of the first. */
  readonly all: ReadonlyMap<string, string>
  readonly http: ReadonlySet<string>
  readonly grpc: ReadonlySet<string>
}

/** Which backends the two kinds of routes refer to. */
function usersOf(routes: readonly RoutePlace[]): Users {
  const users = { all: new Map<string, string>(), HTTPRoute: new Set<string>(), GRPCRoute: new Set<string>() }
  for (const { kind, namespace, route } of routes) {
    const add = (name: string): void => {
      if (!users.all.has(name)) users.all.set(name, namespace)
      users[kind].add(name)
    }
    const addMirrors = (filters: readonly FilterConfig[]): void => {
      for (const filter of filters) if (filter.type === 'RequestMirror') add(filter.backend)
    }
    for (const { filters, backends } of route.rules) {
      addMirrors(filters)
      for (const ref of backends) {
        addMirrors(ref.filters ?? [])
        if (ref.backend !== undefined) add(ref.backend)
      }
    }
  }
  return { all: users.all, http: users.HTTPRoute, grpc: users.GRPCRoute }
}

interface Groups {
  readonly members: ReadonlySet<string>
  readonly ofBackend: ReadonlyMap<string, readonly (readonly Address[])[]>
}

/** Priority groups that were read from one Backend go back into it, as long as nothing else refers to them. */
function groupsOf({ config, dialect }: PlaceParts, users: Users): Groups {
  const members = new Set<string>()
  const ofBackend = new Map<string, readonly (readonly Address[])[]>()
  if (dialect === 'gateway-api') return { members, ofBackend }
  const byName = new Map(config.backends.map((backend) => [backend.name, backend]))
  for (const { name, fallback, endpoints } of config.backends) {
    const form = formOf(name)
    if (form?.kind !== 'Backend' || form.group !== undefined || endpoints.length === 0) continue
    const groups: BackendConfig[] = []
    for (const [index, next] of (fallback?.backends ?? []).entries()) {
      const group = next === `${name}/${index + 1}` ? byName.get(next) : undefined
      if (group === undefined || users.all.has(next)) break
      groups.push(group)
    }
    for (const group of groups) members.add(group.name)
    ofBackend.set(name, groups.map(addressesOf))
  }
  return { members, ofBackend }
}

function draftOf({ dialect, unsaid }: PlaceParts, backend: BackendConfig, users: Users, groups: Groups): Draft {
  const form = formOf(backend.name)
  const addresses = addressesOf(backend)
  const namespace = form?.namespace ?? namespaceOf(backend.tls) ?? users.all.get(backend.name) ?? defaultNamespace
  const tls = tlsOf({ backend, addresses, namespace, dialect, unsaid })
  const settings = settingsOf(backend, dialect, unsaid)
  const kind = kindOf(dialect, addresses, form)
  const isGrpc = users.grpc.has(backend.name)
  const canBeHttp2 =
    backend.protocol !== 'http1' && (!tls.isTls || tls.validation !== undefined || tls.settings !== undefined)
  const isImplied = form?.isGrpc === true && isGrpc && !users.http.has(backend.name) && canBeHttp2
  return {
    backend,
    form,
    kind,
    namespace,
    name: form?.name ?? '',
    port: form?.port ?? portOf(addresses, tls),
    appProtocol: isImplied ? undefined : appProtocolOf({ backend, kind, tls, isGrpc, unsaid }),
    addresses,
    tls,
    settings: tls.settings === undefined ? settings : { ...settings, tls: tls.settings },
    budget: budgetOf(backend, dialect, unsaid),
    session: backend.session && sessionBody(backend.session, `${placeOf('backends', backend.name)}.session`, unsaid),
    isNatural: false,
    groups: groups.ofBackend.get(backend.name) ?? [],
  }
}

/** An authority must lie beside its backend. */
function namespaceOf({ ca = [] }: NonNullable<BackendConfig['tls']> = {}): string | undefined {
  const [first] = ca
  const namespace = first !== undefined && 'secret' in first ? first.secret.slice(0, first.secret.indexOf('/')) : ''
  return isLabel(namespace) ? namespace : undefined
}

/** kgateway has a kind for endpoints that are no pods; elsewhere a Service with EndpointSlices stands for them. */
function kindOf(
  dialect: ExportDialect,
  addresses: readonly Address[],
  form: BackendForm | undefined,
): BackendPlace['kind'] {
  if (dialect === 'gateway-api' || addresses.length === 0) return 'Service'
  if (form?.kind !== 'Service') return 'Backend'
  return addresses.every(({ type }) => type !== 'FQDN') ? 'Service' : 'Backend'
}

function portOf(addresses: readonly Address[], { isTls }: SaidTls): number {
  const ports = new Set(addresses.map(({ port }) => port))
  const [first] = ports
  return ports.size === 1 && first !== undefined ? first : isTls ? 443 : 80
}

/** Can the object of the backend's own name hold it, besides what that object holds already? */
function fitsNaturally(draft: Draft, dialect: ExportDialect, users: Users, placed: readonly BackendPlace[]): boolean {
  const { form, backend } = draft
  if (form === undefined || form.kind === 'InferencePool') return false
  if (form.kind === 'Backend') return dialect === 'kgateway' && form.group === undefined && draft.kind === 'Backend'
  if (draft.kind !== 'Service') return false
  if (form.isGrpc && (draft.appProtocol !== undefined || users.http.has(backend.name))) return false
  const neighbours = placed.filter((place) => {
    return place.kind === 'Service' && place.namespace === form.namespace && place.name === form.name
  })
  const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)
  return neighbours.every((place) => {
    if (!same([place.settings, place.budget, place.session], [draft.settings, draft.budget, draft.session]))
      return false
    if (place.port !== draft.port) return true
    const parts = ({ appProtocol, addresses, tls }: BackendPlace): unknown => [appProtocol ?? null, addresses, tls]
    return same(parts(place), parts(draft))
  })
}

function freeName({ names }: PlaceParts, { form, kind, namespace, backend }: Draft): string {
  const text =
    form === undefined
      ? backend.name
      : [form.name, form.group, form.port, form.isGrpc ? 'grpc' : undefined]
          .filter((part) => part !== undefined)
          .join('-')
  // An InferencePool and what stands in its place may share a name.
  const wanted = form?.kind === 'InferencePool' ? form.name : text
  return names.take(`${kind}/${namespace}`, slug(wanted, 'backend'))
}
