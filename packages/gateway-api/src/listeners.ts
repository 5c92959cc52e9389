/** Gateways and ListenerSets to listeners (Gateway API v1). Which routes they take is for `attach.ts`. */

import type { CertificateConfig } from '@headgate/config'

import type { Context } from './context.ts'
import type { FieldPath } from './diagnostics.ts'
import { grantHint, isGranted } from './grants.ts'
import { refusalOf } from './namespaces.ts'
import type { ListenerBody } from './resources/gateway.ts'
import { gatewayGroup } from './resources/kinds.ts'
import type { Resource } from './resources/resource.ts'
import { hasSecret } from './secrets.ts'

/** A listener that can be opened. */
export interface Listener {
  /**
   * Unique: `namespace/gateway/listener`, with `@namespace:set` where a ListenerSet uses a name that is taken. What stands before
   * the last `/` is the Gateway: the config tells by it which listeners share a socket.
   */
  readonly name: string
  readonly gateway: Resource<'Gateway'>
  /** The Gateway itself, or the ListenerSet that adds this listener to it. */
  readonly owner: Resource<'Gateway'> | Resource<'ListenerSet'>
  readonly path: FieldPath
  readonly body: ListenerBody
  readonly protocol: 'HTTP' | 'HTTPS'
  readonly certificates: readonly CertificateConfig[]
}

interface Draft {
  readonly gateway: Resource<'Gateway'>
  readonly owner: Listener['owner']
  readonly path: FieldPath
  readonly body: ListenerBody
}

/** The listeners of all Gateways; those that cannot be opened are left out, with a diagnostic. */
export function readListeners(context: Context, secrets: ReadonlyMap<string, string>): readonly Listener[] {
  const listeners: Listener[] = []
  const names = new Set<string>()
  for (const draft of drafts(context)) {
    const protocol = protocolOf(context, draft)
    if (protocol === undefined || isConflicting(context, draft, protocol, listeners)) continue
    const certificates = protocol === 'HTTPS' ? certificatesOf(context, draft, secrets) : []
    if (protocol === 'HTTPS' && certificates.length === 0) continue
    const plain = `${draft.gateway.id}/${draft.body.name}`
    const name = names.has(plain) ? `${plain}@${draft.owner.namespace}:${draft.owner.name}` : plain
    names.add(name)
    listeners.push({ ...draft, name, protocol, certificates })
  }
  return listeners
}

function drafts(context: Context): readonly Draft[] {
  const found: Draft[] = []
  const sets = setsByGateway(context)
  for (const gateway of context.resources.list('Gateway')) {
    const names = new Set<string>()
    const { listeners = [] } = gateway.body.spec
    if (listeners.length === 0 && !sets.has(gateway.id)) {
      context.warn(gateway, ['spec'], 'no-listeners', 'the Gateway has no listeners, so it serves nothing')
    }
    for (const [index, body] of listeners.entries()) {
      const path = ['spec', 'listeners', index]
      if (names.has(body.name)) {
        context.error(
          gateway,
          [...path, 'name'],
          'duplicate-name',
          'another listener of this Gateway has the same name',
        )
      }
      names.add(body.name)
      found.push({ gateway, owner: gateway, path, body })
    }
    for (const owner of sets.get(gateway.id) ?? []) {
      for (const [index, body] of owner.body.spec.listeners.entries()) {
        found.push({ gateway, owner, path: ['spec', 'listeners', index], body })
      }
    }
  }
  return found
}

/** Older ListenerSets go first, then by name: where two want the same, the first has it. */
function setsByGateway(context: Context): ReadonlyMap<string, readonly Resource<'ListenerSet'>[]> {
  const byGateway = new Map<string, Resource<'ListenerSet'>[]>()
  const age = (set: Resource<'ListenerSet'>): number => set.createdAt ?? Number.POSITIVE_INFINITY
  const sets = context.resources.list('ListenerSet').toSorted((a, b) => {
    return age(a) === age(b) ? (a.id < b.id ? -1 : 1) : age(a) - age(b)
  })
  for (const set of sets) {
    const { namespace = set.namespace, name, kind = 'Gateway' } = set.body.spec.parentRef
    const id = `${namespace}/${name}`
    const gateway = kind === 'Gateway' ? context.resources.get('Gateway', id) : undefined
    if (gateway === undefined) {
      const message = `the ${kind} ${id} is not in the files, so none of these listeners is opened`
      context.warn(
        set,
        ['spec', 'parentRef'],
        'parent-not-found',
        message,
        context.didYouMean(id, context.resources.ids('Gateway')),
      )
      continue
    }
    const rule = gateway.body.spec.allowedListeners?.namespaces
    const refusal = refusalOf(context, rule, 'None', gateway.namespace, set.namespace)
    if (refusal === undefined) {
      byGateway.set(id, [...(byGateway.get(id) ?? []), set])
      continue
    }
    const message = `the Gateway ${id} does not take this ListenerSet: ${refusal}`
    const hint = `spec.allowedListeners.namespaces of the Gateway says which ones it takes`
    context.warn(set, ['spec', 'parentRef'], 'not-allowed-by-gateway', message, hint)
  }
  return byGateway
}

function protocolOf(context: Context, { owner, path, body }: Draft): 'HTTP' | 'HTTPS' | undefined {
  const isNotOpened = (field: string, message: string): undefined => {
    context.warn(owner, [...path, field], 'unsupported-protocol', `${message}, so the listener is not opened`)
    return undefined
  }
  if (body.protocol === 'HTTP') {
    if (body.tls !== undefined) {
      context.warn(
        owner,
        [...path, 'tls'],
        'ignored-tls',
        'an HTTP listener shows no certificate; tls is without effect',
      )
    }
    return 'HTTP'
  }
  if (body.protocol !== 'HTTPS') return isNotOpened('protocol', `the protocol ${body.protocol} is not HTTP or HTTPS`)
  if (body.tls?.mode === 'Passthrough') return isNotOpened('tls', 'TLS is terminated here and not passed through')
  if (body.tls?.options !== undefined) {
    const message = 'TLS options are those of an implementation; none of them has an effect here'
    context.info(owner, [...path, 'tls', 'options'], 'ignored-in-process', message)
  }
  return 'HTTPS'
}

/** Two listeners of one Gateway with one port must differ in host, and must not differ in protocol. */
function isConflicting(
  context: Context,
  { gateway, owner, path, body }: Draft,
  protocol: string,
  earlier: readonly Listener[],
): boolean {
  const rival = earlier.find(
    (listener) =>
      listener.gateway === gateway &&
      listener.body.port === body.port &&
      (listener.protocol !== protocol || listener.body.hostname === body.hostname),
  )
  if (rival === undefined) return false
  const same = rival.protocol === protocol ? 'the same host name' : `the protocol ${rival.protocol}`
  const message = `the listener ${rival.name} has port ${body.port} and ${same}, so this one is not opened`
  context.warn(owner, path, 'listener-conflict', message)
  return true
}

function certificatesOf(
  context: Context,
  { owner, path, body }: Draft,
  secrets: ReadonlyMap<string, string>,
): readonly CertificateConfig[] {
  const certificates: CertificateConfig[] = []
  const at = [...path, 'tls', 'certificateRefs']
  const refs = body.tls?.certificateRefs ?? []
  for (const [index, { group = '', kind = 'Secret', name, namespace = owner.namespace }] of refs.entries()) {
    const id = `${namespace}/${name}`
    const place = [...at, index]
    if (group !== '' || kind !== 'Secret') {
      context.warn(owner, place, 'unknown-kind', `a certificate is read from a Secret, not from a ${kind}`)
      continue
    }
    const from = { group: gatewayGroup, kind: owner.kind, namespace: owner.namespace }
    const to = { group: '', kind: 'Secret', namespace, name }
    if (!isGranted(context, from, to)) {
      const message = `no ReferenceGrant lets the ${owner.kind} use the Secret ${id}`
      context.warn(owner, place, 'ref-not-permitted', message, grantHint(from, to))
      continue
    }
    for (const key of ['tls.crt', 'tls.key']) {
      if (hasSecret(context, secrets, `${id}/${key}`)) continue
      const isThere = context.resources.get('Secret', id) !== undefined
      const message = isThere
        ? `the Secret ${id} has no ${key}, so this listener cannot be opened`
        : `the Secret ${id} is not in the files, so this listener cannot be opened`
      const hint = isThere ? undefined : context.didYouMean(id, context.resources.ids('Secret'))
      context.warn(owner, place, 'secret-not-found', message, hint)
      break
    }
    certificates.push({ certificate: { secret: `${id}/tls.crt` }, key: { secret: `${id}/tls.key` } })
  }
  if (certificates.length === 0) {
    const message = 'there is no certificate that may be used, so this listener is not opened'
    context.warn(owner, refs.length === 0 ? path : at, 'no-certificate', message)
  }
  return certificates
}
