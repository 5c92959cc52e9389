/** The specification's ConnectionPoolSettings (the field names are those of Istio's DestinationRule). */

import type { BackendDraft } from '../backends/backend-draft.ts'
import type { Context } from '../context.ts'
import type { Resource } from '../resources/resource.ts'

export function applyConnectionPool(
  context: Context,
  policy: Resource<'ConnectionPoolSettings'>,
  draft: BackendDraft,
): void {
  const { tcp = {}, http = {} } = policy.body.spec
  const { http1MaxPendingRequests, http2MaxRequests, maxRequestsPerConnection, maxRetries, h2UpgradePolicy } = http
  draft.set('maxConnections', tcp.maxConnections, context, policy, ['spec', 'tcp', 'maxConnections'])
  draft.set('connectTimeout', tcp.connectTimeout, context, policy, ['spec', 'tcp', 'connectTimeout'])
  draft.set('maxPending', http1MaxPendingRequests, context, policy, ['spec', 'http', 'http1MaxPendingRequests'])
  draft.set('maxRequests', http2MaxRequests, context, policy, ['spec', 'http', 'http2MaxRequests'])
  draft.set('maxRetries', maxRetries, context, policy, ['spec', 'http', 'maxRetries'])
  // 0 is "not bounded" in Istio and Envoy.
  const perConnection = maxRequestsPerConnection === 0 ? undefined : maxRequestsPerConnection
  draft.set('maxRequestsPerConnection', perConnection, context, policy, ['spec', 'http', 'maxRequestsPerConnection'])
  if (maxRetries !== undefined) {
    const message = 'maxRetries bounds the retries that are under way at once, not the tries of one request'
    context.info(policy, ['spec', 'http', 'maxRetries'], 'differs-from-name', message)
  }
  if (h2UpgradePolicy !== 'UPGRADE') return
  draft.set('http2', true, context, policy, ['spec', 'http', 'h2UpgradePolicy'])
  const isTls = draft.settings.tls !== undefined || draft.wire?.scheme === 'https'
  if (isTls || draft.wire?.protocol === 'h2c' || draft.urls.every((url) => url.startsWith('https:'))) return
  const message =
    'HTTP/2 is agreed on over TLS only; to plain endpoints HTTP/1.1 is spoken, as one that does not speak HTTP/2 would fail'
  const hint = 'write appProtocol: kubernetes.io/h2c at the port of the Service where its endpoints speak HTTP/2'
  context.warn(policy, ['spec', 'http', 'h2UpgradePolicy'], 'no-upgrade', message, hint)
}
