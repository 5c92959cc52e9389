/** `headgate export`: the same gateway in another form, on stdout. */

import { describeDiagnostic, exportManifests } from '@headgate/gateway-api'
import type { ExportCommand } from './arguments.ts'
import { load } from './load.ts'

/** The exit code: 1 when the files cannot be served. */
export function exportFiles(
  { source, to }: ExportCommand,
  print: (text: string) => void,
  complain: (text: string) => void,
): number {
  const { loaded, diagnostics } = load(source, { toServe: false })
  for (const diagnostic of diagnostics)
    if (diagnostic.severity !== 'info') complain(`${describeDiagnostic(diagnostic)}\n`)
  if (loaded === undefined) return 1
  if (to === 'json') {
    print(`${JSON.stringify(loaded.config, undefined, 2)}\n`)
    return 0
  }
  const written = exportManifests(loaded.config, to)
  for (const { path, reason, instead } of written.unsaid) {
    complain(`${path}: ${reason}${instead === undefined ? '' : ` (${instead})`}\n`)
  }
  print(written.yaml)
  return 0
}
