/** What every object carries: name, namespace, labels, age. */

import type { DiagnosticList, FieldPath, Severity } from './diagnostics.ts'
import { fieldText } from './diagnostics.ts'
import { lineOf } from './documents.ts'
import type { Spot } from './documents.ts'

export interface Metadata {
  readonly name: string
  readonly namespace: string | undefined
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: readonly string[]
  readonly createdAt: number | undefined
}

interface Place {
  readonly file: string
  readonly spot: Spot
  readonly kind: string
}

/** `undefined` where the object cannot be told from others; a diagnostic says why. */
export function readMetadata(metadata: unknown, place: Place, list: DiagnosticList): Metadata | undefined {
  const say = (path: FieldPath, message: string, severity: Severity = 'error', code = 'invalid-value'): undefined => {
    const { file, spot, kind } = place
    list.add({ severity, code, file, line: lineOf(spot, path), object: kind, field: fieldText(path), message })
    return undefined
  }
  if (metadata === undefined) return say(['metadata'], 'the object has no metadata', 'error', 'missing-field')
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) {
    return say(['metadata'], 'metadata must be a map')
  }
  const { name, namespace, labels, annotations, creationTimestamp } = metadata as Readonly<Record<string, unknown>>
  if (name === undefined) return say(['metadata', 'name'], 'the object has no name', 'error', 'missing-field')
  if (typeof name !== 'string' || !isName(name)) return say(['metadata', 'name'], nameRule)
  if (namespace !== undefined && (typeof namespace !== 'string' || !isName(namespace))) {
    return say(['metadata', 'namespace'], nameRule)
  }
  const createdAt = ageOf(creationTimestamp)
  if (createdAt === null) say(['metadata', 'creationTimestamp'], 'this is no time; the age is not known', 'warning')
  const names = Object.keys(typeof annotations === 'object' && annotations !== null ? annotations : {})
  return { name, namespace, labels: textsOf(labels, say), annotations: names, createdAt: createdAt ?? undefined }
}

const nameRule = 'a name is 1 to 253 letters a-z, digits, "-" and ".", with a letter or digit at both ends'

function isName(name: string): boolean {
  return name.length <= 253 && /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name)
}

/** `null` for what is no time. */
function ageOf(text: unknown): number | null | undefined {
  if (text === undefined) return undefined
  const ms = typeof text === 'string' ? Date.parse(text) : Number.NaN
  return Number.isNaN(ms) ? null : Math.max(0, ms)
}

function textsOf(labels: unknown, say: (path: FieldPath, message: string) => undefined): Record<string, string> {
  const texts: Record<string, string> = {}
  if (labels === undefined) return texts
  if (typeof labels !== 'object' || labels === null || Array.isArray(labels)) {
    say(['metadata', 'labels'], 'labels must be a map of texts')
    return texts
  }
  for (const [key, value] of Object.entries(labels as Readonly<Record<string, unknown>>)) {
    if (typeof value === 'string') texts[key] = value
    else say(['metadata', 'labels', key], 'the value of a label must be a text; put it into quotes')
  }
  return texts
}
