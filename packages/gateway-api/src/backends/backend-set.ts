/** References to backends (Gateway API BackendObjectReference): what each leads to, or why it leads nowhere. */

import type { Context } from '../context.ts'
import type { FieldPath } from '../diagnostics.ts'
import { grantHint, isGranted } from '../grants.ts'
import { kinds } from '../resources/kinds.ts'
import type { StaticHost } from '../resources/kgateway-backends.ts'
import type { BackendObjectRef } from '../resources/references.ts'
import type { Resource } from '../resources/resource.ts'
import { appProtocols, wireOf } from './app-protocol.ts'
import type { Wire } from './app-protocol.ts'
import { BackendDraft } from './backend-draft.ts'
import type { BackendKind } from './backend-draft.ts'
import { endpointsOf, resolvedAt, resolvedAtAny, urlOf } from './endpoints.ts'

/** The backend of a reference, or why its share of the requests is answered with 500. */
export type Resolution = { readonly draft: BackendDraft } | { readonly unresolved: string }

/** Who refers: for diagnostics and grants. */
export interface Reference {
  readonly from: Resource
  readonly path: FieldPath
  /** gRPC needs HTTP/2 also where no `appProtocol` says so. */
  readonly isGrpc?: boolean
}

/** Every backend that something refers to, each once. */
export class BackendSet {
  readonly #context: Context
  readonly #drafts = new Map<string, BackendDraft>()

  constructor(context: Context) {
    this.#context = context
  }

  get drafts(): readonly BackendDraft[] {
    return [...this.#drafts.values()]
  }

  get(name: string): BackendDraft | undefined {
    return this.#drafts.get(name)
  }

  /** The nth backend with the endpoints of `draft`, from 2; rules share it. */
  variant({ base }: BackendDraft, nth: number): BackendDraft {
    const name = `${base.name}@${nth}`
    const variant = this.#drafts.get(name) ?? base.variant(name)
    this.#drafts.set(name, variant)
    return variant
  }

  resolve(ref: BackendObjectRef, reference: Reference): Resolution {
    const { group = '', kind = 'Service', name, namespace = reference.from.namespace } = ref
    const known = kindOf(group, kind)
    if (known === undefined) {
      const title = group === '' ? kind : `${kind} of ${group}`
      return this.#refuse(reference, 'kind', 'unknown-backend-kind', `a ${title} is no backend here`)
    }
    const from = { group: reference.from.group, kind: reference.from.kind, namespace: reference.from.namespace }
    const to = { group, kind, namespace, name }
    if (!isGranted(this.#context, from, to)) {
      const message = `no ReferenceGrant of the namespace ${namespace} lets a ${from.kind} of ${from.namespace} use the ${kind} ${name}`
      return this.#refuse(reference, undefined, 'ref-not-permitted', message, grantHint(from, to))
    }
    if (known === 'Service') return this.#service(ref, `${namespace}/${name}`, reference)
    return known === 'InferencePool'
      ? this.#pool(namespace, name, reference)
      : this.#backend(namespace, name, reference)
  }

  #service(ref: BackendObjectRef, id: string, reference: Reference): Resolution {
    const { port, name } = ref
    const namespace = id.slice(0, id.indexOf('/'))
    if (port === undefined) {
      return this.#refuse(reference, undefined, 'missing-port', `a reference to the Service ${id} needs a port`)
    }
    const service = this.#context.resources.get('Service', id)
    const given = resolvedAt(this.#context, namespace, name, port)
    if (service === undefined && given === undefined) {
      const hint =
        this.#context.didYouMean(id, this.#context.resources.ids('Service')) ??
        `give its endpoints: ${name}.${namespace}:${port}=URL`
      return this.#refuse(
        reference,
        'name',
        'backend-not-found',
        `the Service ${id} is not in the files and not resolved`,
        hint,
      )
    }
    const ports = service?.body.spec.ports ?? []
    const declared = ports.find((known) => known.port === port)
    if (service !== undefined && declared === undefined) {
      const hint = ports.length === 0 ? undefined : `it has ${ports.map((known) => known.port).join(', ')}`
      return this.#refuse(reference, 'port', 'port-not-found', `the Service ${id} has no port ${port}`, hint)
    }
    const wire = this.#wire(service, declared?.appProtocol, [
      'spec',
      'ports',
      ports.findIndex((known) => known === declared),
    ])
    const urls =
      given ?? (service === undefined || declared === undefined ? [] : endpointsOf(this.#context, service, declared))
    if (urls.length === 0) this.#tellEmpty(reference, `Service ${id}`, `${name}.${namespace}:${port}`)
    const origin = service?.origin(['spec', 'ports']) ?? reference.from.origin(reference.path)
    const isGrpc = reference.isGrpc === true && wire === undefined
    return this.#keep({
      name: isGrpc ? `${id}:${port}/grpc` : `${id}:${port}`,
      kind: 'Service',
      id,
      portName: declared?.name,
      urls,
      wire,
      isGrpc,
      origin,
      object: service,
    })
  }

  /** The port of the reference is ignored (Gateway API inference extension): the pool says which ports its pods have. */
  #pool(namespace: string, name: string, reference: Reference): Resolution {
    const id = `${namespace}/${name}`
    const pool = this.#context.resources.get('InferencePool', id)
    const { targetPorts = [], targetPortNumber, appProtocol } = pool?.body.spec ?? {}
    const ports = targetPortNumber === undefined ? targetPorts.map(({ number }) => number) : [targetPortNumber]
    const given = resolvedAtAny(this.#context, namespace, name, pool === undefined ? undefined : ports)
    if (pool === undefined && given === undefined) {
      const hint = this.#context.didYouMean(id, this.#context.resources.ids('InferencePool'))
      return this.#refuse(
        reference,
        'name',
        'backend-not-found',
        `the InferencePool ${id} is not in the files and not resolved`,
        hint,
      )
    }
    const wire = this.#wire(pool, appProtocol, ['spec'])
    if (given === undefined)
      this.#tellEmpty(reference, `InferencePool ${id}`, `${name}.${namespace}:${ports[0] ?? 'PORT'}`)
    const isGrpc = reference.isGrpc === true && wire === undefined
    const backend = `InferencePool/${id}`
    return this.#keep({
      name: isGrpc ? `${backend}/grpc` : backend,
      kind: 'InferencePool',
      id,
      urls: given ?? [],
      wire,
      isGrpc,
      origin: pool?.origin() ?? reference.from.origin(reference.path),
      object: pool,
    })
  }

  #backend(namespace: string, name: string, reference: Reference): Resolution {
    const id = `${namespace}/${name}`
    const backend = this.#context.resources.get('Backend', id)
    const given = resolvedAtAny(this.#context, namespace, name)
    if (backend === undefined && given === undefined) {
      const hint = this.#context.didYouMean(id, this.#context.resources.ids('Backend'))
      return this.#refuse(
        reference,
        'name',
        'backend-not-found',
        `the Backend ${id} is not in the files and not resolved`,
        hint,
      )
    }
    const { static: fixed, priorityGroups = [] } = backend?.body.spec ?? {}
    const groups =
      fixed === undefined ? priorityGroups.map((group) => group.static?.hosts ?? group.hosts ?? []) : [fixed.hosts]
    if (given === undefined && groups.every((hosts) => hosts.length === 0)) {
      const message = `the Backend ${id} has no static hosts; its type is that of a service of a cloud and is not known here`
      return this.#refuse(reference, 'name', 'unsupported-backend', message)
    }
    const appProtocol = fixed?.appProtocol ?? priorityGroups[0]?.static?.appProtocol
    const wire = this.#wire(backend, appProtocol, ['spec', 'static'])
    const title = `Backend/${id}`
    const isGrpc = reference.isGrpc === true && wire === undefined
    const common = { kind: 'Backend' as const, id, wire, isGrpc, object: backend }
    const origin = backend?.origin(['spec']) ?? reference.from.origin(reference.path)
    const next = groups.slice(1).map((hosts, index) => {
      this.#keep({ ...common, name: `${title}/${index + 1}`, urls: urlsOf(hosts), origin })
      return `${title}/${index + 1}`
    })
    return this.#keep({ ...common, name: title, urls: given ?? urlsOf(groups[0] ?? []), origin, next })
  }

  #keep(parts: ConstructorParameters<typeof BackendDraft>[0]): Resolution {
    const known = this.#drafts.get(parts.name)
    if (known !== undefined) return { draft: known }
    const draft = new BackendDraft(parts)
    this.#drafts.set(parts.name, draft)
    return { draft }
  }

  #wire(object: Resource | undefined, appProtocol: string | undefined, path: FieldPath): Wire | undefined {
    if (appProtocol === undefined || object === undefined) return undefined
    const wire = wireOf(appProtocol)
    if (wire === undefined) {
      const message = `the protocol ${appProtocol} is not known here; HTTP/1.1 is spoken`
      this.#context.warn(
        object,
        [...path, 'appProtocol'],
        'unknown-app-protocol',
        message,
        `known are ${appProtocols.join(', ')}`,
      )
    }
    return wire
  }

  #tellEmpty({ from, path }: Reference, title: string, key: string): void {
    const message = `the ${title} has no endpoint, so its requests get 503`
    this.#context.warn(from, path, 'no-endpoints', message, `give its endpoints: ${key}=URL`)
  }

  #refuse({ from, path }: Reference, field: string | undefined, code: string, why: string, hint?: string): Resolution {
    const at = field === undefined ? path : [...path, field]
    this.#context.warn(from, at, code, `${why}; requests for it get 500`, hint)
    return { unresolved: why }
  }
}

function kindOf(group: string, kind: string): BackendKind | undefined {
  if (kind === 'Service') return group === '' || group === 'core' ? 'Service' : undefined
  if (kind !== 'InferencePool' && kind !== 'Backend') return undefined
  return kinds[kind].groups.includes(group) ? kind : undefined
}

function urlsOf(hosts: readonly StaticHost[]): readonly string[] {
  return hosts.map(({ host, port }) => urlOf(host, port))
}
