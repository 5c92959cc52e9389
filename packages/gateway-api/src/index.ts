/** The public names of `@headgate/gateway-api`. */

export { loadManifests } from './load.ts'
export type { LoadedListener, LoadResult } from './load.ts'
export type { LoadOptions } from './context.ts'
export type { SourceFile } from './documents.ts'
export { describeDiagnostic } from './diagnostics.ts'
export type { Diagnostic, Severity } from './diagnostics.ts'
export { exportManifests, type Exported, type ExportDialect, type Unsaid } from './export/from-config.ts'
