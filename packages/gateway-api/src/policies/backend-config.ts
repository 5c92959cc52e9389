/** kgateway's BackendConfigPolicy: timeouts, bounds, outlier detection and TLS of a backend; its endpoints are in `endpoints.ts`. */

import type { BackendDraft } from '../backends/backend-draft.ts'
import type { Context } from '../context.ts'
import type { FieldPath } from '../diagnostics.ts'
import type { BackendConfigPolicySpec } from '../resources/kgateway-backends.ts'
import type { Resource } from '../resources/resource.ts'
import { hasSecret } from '../secrets.ts'
import { applyHealthCheck, applyLoadBalancer } from './endpoints.ts'

type Policy = Resource<'BackendConfigPolicy'>

export function applyBackendConfig(
  context: Context,
  policy: Policy,
  draft: BackendDraft,
  secrets: ReadonlyMap<string, string>,
): void {
  const { connectTimeout, circuitBreakers, outlierDetection, commonHttpProtocolOptions, tls } = policy.body.spec
  const { loadBalancer, healthCheck } = policy.body.spec
  draft.set('connectTimeout', connectTimeout, context, policy, ['spec', 'connectTimeout'])
  const at = (field: string): FieldPath => ['spec', 'circuitBreakers', field]
  draft.set('maxConnections', circuitBreakers?.maxConnections, context, policy, at('maxConnections'))
  draft.set('maxPending', circuitBreakers?.maxPendingRequests, context, policy, at('maxPendingRequests'))
  draft.set('maxRequests', circuitBreakers?.maxRequests, context, policy, at('maxRequests'))
  draft.set('maxRetries', circuitBreakers?.maxRetries, context, policy, at('maxRetries'))
  const perConnection = commonHttpProtocolOptions?.maxRequestsPerConnection
  const perConnectionPath = ['spec', 'commonHttpProtocolOptions', 'maxRequestsPerConnection']
  draft.set(
    'maxRequestsPerConnection',
    perConnection === 0 ? undefined : perConnection,
    context,
    policy,
    perConnectionPath,
  )
  if (policy.body.spec.http2ProtocolOptions !== undefined) {
    draft.set('http2', true, context, policy, ['spec', 'http2ProtocolOptions'])
  }
  if (outlierDetection !== undefined) applyOutlier(context, policy, draft, outlierDetection)
  if (loadBalancer !== undefined) applyLoadBalancer(context, policy, draft, loadBalancer)
  if (healthCheck !== undefined) applyHealthCheck(context, policy, draft, healthCheck)
  if (tls !== undefined) applyTls(context, policy, draft, tls, secrets)
}

/** Envoy ejects when (ejected + 1) / endpoints x 100 is at most the limit; its default is 10. */
function applyOutlier(
  context: Context,
  policy: Policy,
  draft: BackendDraft,
  outlier: NonNullable<BackendConfigPolicySpec['outlierDetection']>,
): void {
  const { interval, baseEjectionTime, maxEjectionPercent, enforcingConsecutive5xx: enforced = 100 } = outlier
  const consecutive5xx = enforced === 0 ? 0 : outlier.consecutive5xx
  if (enforced > 0 && enforced < 100) {
    const message = `every ejection is made here, not ${enforced}% of them`
    context.info(policy, ['spec', 'outlierDetection', 'enforcingConsecutive5xx'], 'ignored-in-process', message)
  }
  const detection = { consecutive5xx, interval, baseEjectionTime, maxEjectionPercent }
  draft.set('outlierDetection', detection, context, policy, ['spec', 'outlierDetection'])
  const count = draft.urls.length
  const percent = maxEjectionPercent ?? 10
  if (count === 0 || Math.floor((count * percent) / 100) > 0) return
  const path = ['spec', 'outlierDetection', 'maxEjectionPercent']
  const message = `${percent}% of ${count} endpoints is less than one, so none is ever ejected`
  context.warn(policy, path, 'never-ejects', message, `${Math.ceil(100 / count)}% and more ejects one`)
}

function applyTls(
  context: Context,
  policy: Policy,
  draft: BackendDraft,
  tls: NonNullable<BackendConfigPolicySpec['tls']>,
  secrets: ReadonlyMap<string, string>,
): void {
  const path = ['spec', 'tls']
  if (tls.insecureSkipVerify === true) {
    const message = 'certificates of backends are always verified, so requests for this backend get 500'
    context.warn(
      policy,
      [...path, 'insecureSkipVerify'],
      'unsupported',
      message,
      'give the authority: tls.secretRef with a ca.crt',
    )
    draft.refusal = 'its TLS policy asks not to verify certificates'
    return
  }
  const servername = tls.sni === undefined ? {} : { servername: tls.sni }
  if (tls.files?.rootCA !== undefined) {
    draft.set('tls', { ca: [{ file: tls.files.rootCA }], ...servername }, context, policy, path)
    return
  }
  const name = tls.secretRef?.name
  const reference = `${policy.namespace}/${name}/ca.crt`
  const hasAuthority = name !== undefined && hasSecret(context, secrets, reference)
  if (
    name !== undefined &&
    !hasAuthority &&
    context.resources.get('Secret', `${policy.namespace}/${name}`) === undefined
  ) {
    const message = `the Secret ${policy.namespace}/${name} is not in the files, so requests for this backend get 500`
    context.warn(policy, [...path, 'secretRef'], 'secret-not-found', message)
    draft.refusal = 'the Secret of its TLS policy is not there'
    return
  }
  if (tls.secretRef !== undefined || tls.files !== undefined) {
    const message = 'no client certificate is shown to backends; only the authority (ca.crt) is used'
    context.info(policy, path, 'ignored-in-process', message)
  }
  draft.set('tls', { ...(hasAuthority ? { ca: [{ secret: reference }] } : {}), ...servername }, context, policy, path)
}
