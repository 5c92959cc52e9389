/** The caller's `traceparent` (W3C Trace Context). */

/** Of any version. */
const form = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-[\da-f-]{1,64})?$/
/** All zeros is no trace. */
const traceIdForm = /^(?!0{32})[\da-f]{32}$/
const noParent = '0'.repeat(16)

/** It itself, where it has the form of one. */
export function validTraceparent(traceparent: string | undefined): string | undefined {
  return traceparent !== undefined && form.test(traceparent) ? traceparent : undefined
}

/** The trace that it names, where whoever sent it says that it is kept (flag `sampled`). */
export function sampledTrace(traceparent: string | undefined): string | undefined {
  const [, version, traceId, parentId, flags = ''] = form.exec(traceparent ?? '') ?? []
  if (version === 'ff' || parentId === noParent || !isTraceId(traceId)) return undefined
  return (Number.parseInt(flags, 16) & 1) === 1 ? traceId : undefined
}

export function isTraceId(value: unknown): value is string {
  return typeof value === 'string' && traceIdForm.test(value)
}
