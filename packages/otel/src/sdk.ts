/** Finds what the SDK of the application has registered. Until there is one, looking costs a few reads and makes nothing. */

import { createNoopMeter, metrics, trace } from '@opentelemetry/api'
import type { Meter, MeterProvider, Tracer, TracerProvider } from '@opentelemetry/api'

const scope = '@headgate/otel'

/** What the API hands out before an SDK is there, and around it afterwards. */
type MaybeProxy = TracerProvider & { readonly getDelegateTracer?: (name: string) => Tracer | undefined }

/** Undefined while no SDK is there. */
export function findTracer(given: TracerProvider | undefined): Tracer | undefined {
  const provider: MaybeProxy = given ?? trace.getTracerProvider()
  return provider.getDelegateTracer === undefined ? provider.getTracer(scope) : provider.getDelegateTracer(scope)
}

/** Undefined while no SDK is there. */
export function findMeter(given: MeterProvider | undefined): Meter | undefined {
  const meter = (given ?? metrics.getMeterProvider()).getMeter(scope)
  return meter === createNoopMeter() ? undefined : meter
}
