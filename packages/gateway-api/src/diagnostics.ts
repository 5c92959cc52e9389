/** What a reader of manifests is told, and the list that gathers it. It knows no kinds. */

/**
 * `error`: the files cannot be served. `warning`: they can, and something in them is not done or not as it reads. `info`: worth
 * knowing, such as the name that a field has upstream.
 */
export type Severity = 'error' | 'warning' | 'info'

/** One thing to know about the files, with its place. */
export interface Diagnostic {
  readonly severity: Severity
  /** Stable, for filters and links: `yaml-syntax`, `unknown-field`, `ref-not-permitted`, … The README lists all. */
  readonly code: string
  readonly file: string
  /** From 1. */
  readonly line: number
  /** `Kind namespace/name`; without the namespace for kinds that have none. */
  readonly object?: string
  /** From the root of the object: `spec.rules[0].backendRefs[1].port`. */
  readonly field?: string
  /** What is the case, and what follows from it. Values of Secrets are never shown. */
  readonly message: string
  /** What to write instead, the nearest known name, or where to read on. */
  readonly hint?: string
}

/** Keys and indexes from the root of an object. */
export type FieldPath = readonly (string | number)[]

/** More than anybody reads; a broken generator must not fill the memory. */
const maxDiagnostics = 1000

/** `spec.rules[0].name`, with quotes where a key is no plain word: `metadata.labels["a.b/c"]`. */
export function fieldText(path: FieldPath): string {
  let text = ''
  for (const key of path) {
    if (typeof key === 'number') text += `[${key}]`
    else if (/^[A-Za-z_$][\w$-]*$/.test(key)) text += text === '' ? key : `.${key}`
    else text += `[${JSON.stringify(key)}]`
  }
  return text
}

const rank: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 }

/** Gathers diagnostics up to a bound. The same code at the same place with the same text is kept once. */
export class DiagnosticList {
  readonly #items: Diagnostic[] = []
  readonly #seen = new Set<string>()
  #errors = 0
  #unlisted = 0

  add(diagnostic: Diagnostic): void {
    const { severity, code, file, line, object = '', field = '', message } = diagnostic
    const key = JSON.stringify([severity, code, file, line, object, field, message])
    if (this.#seen.has(key)) return
    if (diagnostic.severity === 'error') this.#errors++
    if (this.#items.length >= maxDiagnostics && !(diagnostic.severity === 'error' && this.#errors === 1)) {
      this.#unlisted++
      return
    }
    this.#seen.add(key)
    this.#items.push(diagnostic)
  }

  get hasErrors(): boolean {
    return this.#errors > 0
  }

  /** By file in the order given, then by line; errors first on one line. */
  sorted(files: readonly string[]): readonly Diagnostic[] {
    const order = new Map(files.map((file, index) => [file, index]))
    const place = (diagnostic: Diagnostic): number => order.get(diagnostic.file) ?? files.length
    const sorted = this.#items.toSorted(
      (a, b) => place(a) - place(b) || a.line - b.line || rank[a.severity] - rank[b.severity],
    )
    const last = sorted.at(-1)
    if (this.#unlisted === 0 || last === undefined) return sorted
    const message = `${this.#unlisted} further diagnostics are not listed`
    const severity = this.hasErrors ? 'error' : 'warning'
    return [...sorted, { severity, code: 'too-many', file: last.file, line: last.line, message }]
  }
}

/** A diagnostic in one line: `routes.yaml:12: warning: HTTPRoute default/a spec.rules[0].name: … (hint) [code]`. */
export function describeDiagnostic(diagnostic: Diagnostic): string {
  const { severity, code, file, line, object, field, message, hint } = diagnostic
  const place = [object, field].filter((part) => part !== undefined).join(' ')
  const about = place === '' ? '' : `${place}: `
  const more = hint === undefined ? '' : ` (${hint})`
  return `${file}:${line}: ${severity}: ${about}${message}${more} [${code}]`
}
