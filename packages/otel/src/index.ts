/** The public names of this package. */

export { openTelemetry } from './open-telemetry.ts'
export type { OpenTelemetryOptions } from './open-telemetry.ts'
export type { ProviderNames } from './gen-ai.ts'
