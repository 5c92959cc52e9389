/** Warnings that Node would print by itself, as text between the lines of a log. */

/** A gateway repeats what a reader of the files was told with file and line. */
const toldByDiagnostics: ReadonlySet<string | undefined> = new Set(['config', 'session_key'])

/** From now on Node prints no warning; `report` has them, those that diagnostics have told left out. */
export function takeOverWarnings(report: (warning: Error & { readonly code?: string }) => void): void {
  process.removeAllListeners('warning')
  process.on('warning', (warning: Error & { readonly code?: string }) => {
    if (!isTold(warning.code)) report(warning)
  })
}

/** Is a warning of this code one that diagnostics have told already? */
export function isTold(code: string | undefined): boolean {
  return toldByDiagnostics.has(code)
}
