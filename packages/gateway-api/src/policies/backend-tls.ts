/** Gateway API's BackendTLSPolicy. A policy that is broken closes its backend: requests must not go out unprotected. */

import type { SecretRef } from '@headgate/config'

import type { BackendDraft } from '../backends/backend-draft.ts'
import type { Context } from '../context.ts'
import type { Resource } from '../resources/resource.ts'
import { configMapKey, hasSecret } from '../secrets.ts'

export function applyBackendTls(
  context: Context,
  policy: Resource<'BackendTLSPolicy'>,
  draft: BackendDraft,
  secrets: ReadonlyMap<string, string>,
): void {
  const { hostname, caCertificateRefs = [], wellKnownCACertificates, subjectAltNames } = policy.body.spec.validation
  const path = ['spec', 'validation']
  const ca: SecretRef[] = []
  for (const [index, { group = '', kind = 'ConfigMap', name }] of caCertificateRefs.entries()) {
    const reference = authority(context, policy, group, kind, name)
    if (reference !== undefined && hasSecret(context, secrets, reference)) ca.push({ secret: reference })
    else {
      const message = `there is no ca.crt in the ${kind} ${policy.namespace}/${name}`
      context.warn(policy, [...path, 'caCertificateRefs', index], 'secret-not-found', message)
    }
  }
  if (ca.length === 0 && wellKnownCACertificates === undefined) {
    const message = 'there is no authority to hold the certificate against, so requests for this backend get 500'
    context.warn(policy, path, 'no-certificate', message, 'wellKnownCACertificates: System means the built-in ones')
    draft.refusal = 'its BackendTLSPolicy has no authority to hold the certificate against'
    return
  }
  if (subjectAltNames !== undefined) {
    const message = 'the certificate is held against validation.hostname; other names are not looked for'
    context.warn(policy, [...path, 'subjectAltNames'], 'unsupported', message)
  }
  const tls = { ...(ca.length === 0 ? {} : { ca }), servername: hostname }
  draft.set('tls', tls, context, policy, path)
}

function authority(
  context: Context,
  policy: Resource<'BackendTLSPolicy'>,
  group: string,
  kind: string,
  name: string,
): string | undefined {
  const id = `${policy.namespace}/${name}`
  if (group !== '') return undefined
  if (kind === 'Secret') return `${id}/ca.crt`
  const map = kind === 'ConfigMap' ? context.resources.get('ConfigMap', id) : undefined
  return map === undefined ? undefined : `${configMapKey(map)}/ca.crt`
}
