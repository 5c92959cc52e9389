/** Events about the steps of a request, made only when somebody listens. */

import type { Runtime } from '../runtime.ts'
import type { FurtherTry } from './ledger.ts'
import type { Outbound } from './outbound.ts'

/** Tells that a further attempt follows: a repeat within `from`, or a fallback. */
export function announceStep(runtime: Runtime, outbound: Outbound, step: FurtherTry, from: string): void {
  const { ledger } = outbound
  const { route } = ledger.plan
  const { because } = step
  if (step.kind === 'fallback') {
    if (!runtime.listens('fallback-chosen')) return
    const to = step.backend.state.name
    runtime.emit('fallback-chosen', { id: outbound.requestId, route, from, to, because })
  } else if (runtime.listens('retry-scheduled')) {
    const { repeats: repeat } = ledger
    const { afterMs } = step
    runtime.emit('retry-scheduled', { id: outbound.requestId, route, backend: from, repeat, afterMs, because })
  }
}
