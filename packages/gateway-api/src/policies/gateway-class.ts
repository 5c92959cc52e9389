/** The specification's GatewayClassConfig: defaults for every backend that the Gateways of a class reach. */

import type { BackendSet } from '../backends/backend-set.ts'
import type { Context } from '../context.ts'
import type { Resource } from '../resources/resource.ts'

/** What a policy sets for a backend itself goes first. One process is one gateway: several classes share their backends. */
export function applyClassDefaults(context: Context, backends: BackendSet): void {
  const used = new Set(context.resources.list('Gateway').map(({ body }) => body.spec.gatewayClassName))
  for (const gatewayClass of context.resources.list('GatewayClass')) {
    const ref = gatewayClass.body.spec.parametersRef
    if (ref === undefined) continue
    const path = ['spec', 'parametersRef']
    if (ref.kind !== 'GatewayClassConfig') {
      if (ref.kind === 'GatewayParameters') continue
      const message = `parameters of the kind ${ref.kind ?? ''} have no meaning here`
      context.info(gatewayClass, path, 'ignored-in-process', message)
      continue
    }
    const config = context.resources.get('GatewayClassConfig', ref.name)
    if (config === undefined) {
      const hint = context.didYouMean(ref.name, context.resources.ids('GatewayClassConfig'))
      context.warn(
        gatewayClass,
        path,
        'parameters-not-found',
        `the GatewayClassConfig ${ref.name} is not in the files`,
        hint,
      )
    } else if (used.has(gatewayClass.name)) {
      applyDefaults(config, backends)
    }
  }
}

function applyDefaults(config: Resource<'GatewayClassConfig'>, backends: BackendSet): void {
  const connectTimeout = config.body.spec?.connectionSettings?.connectTimeout
  if (connectTimeout === undefined) return
  for (const { settings } of backends.drafts) settings.connectTimeout ??= connectTimeout
}
