/** How many problems there are, for people and programs. The lines themselves are worded by `describeDiagnostic`. */

import type { Diagnostic } from '@headgate/gateway-api'

export interface Summary {
  readonly files: number
  readonly errors: number
  readonly warnings: number
  readonly notes: number
}

export function summarise(diagnostics: readonly Diagnostic[], files: number): Summary {
  const count = (severity: Diagnostic['severity']): number =>
    diagnostics.filter((diagnostic) => diagnostic.severity === severity).length
  return { files, errors: count('error'), warnings: count('warning'), notes: count('info') }
}

/** `2 errors, 1 warning, 0 notes in 3 files`. */
export function summaryText({ files, errors, warnings, notes }: Summary): string {
  const parts = [plural(errors, 'error'), plural(warnings, 'warning'), plural(notes, 'note')]
  return `${parts.join(', ')} in ${plural(files, 'file')}`
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
