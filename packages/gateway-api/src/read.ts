/** Documents to objects: kind, metadata, and the fields that each kind has. It resolves no references. */

import { nearest } from '@headgate/config'
import type { z } from 'zod'

import { fieldText } from './diagnostics.ts'
import type { DiagnosticList, FieldPath, Severity } from './diagnostics.ts'
import { lineOf } from './documents.ts'
import type { SourceDocument, Spot } from './documents.ts'
import { kindOf, kinds } from './resources/kinds.ts'
import type { Kind } from './resources/kinds.ts'
import { Resource, ResourceSet, remark } from './resources/resource.ts'
import { readMetadata } from './metadata.ts'
import { checkBody } from './validate.ts'

/** The objects that are understood; for everything else there is a diagnostic. */
export function readResources(documents: readonly SourceDocument[], list: DiagnosticList): ResourceSet {
  const set = new ResourceSet()
  for (const document of documents) readDocument(document, set, list)
  return set
}

function readDocument(document: SourceDocument, set: ResourceSet, list: DiagnosticList): void {
  const say = (path: FieldPath, severity: Severity, code: string, message: string, hint?: string): void => {
    const field = path.length === 0 ? {} : { field: fieldText(path) }
    const more = hint === undefined ? {} : { hint }
    const { file, spot } = document
    list.add({ severity, code, file, line: lineOf(spot, path), ...field, message, ...more })
  }
  if (!isMap(document.value))
    return say([], 'error', 'not-an-object', 'a document must be a map with apiVersion and kind')
  const { apiVersion, kind, metadata, status: _, ...body } = withoutNulls(document.value)
  if (apiVersion === undefined && kind === undefined) {
    const message = 'the document has no apiVersion and no kind, so it is passed over'
    return say([], 'warning', 'not-an-object', message)
  }
  if (typeof apiVersion !== 'string') return say(['apiVersion'], 'error', 'missing-field', 'apiVersion must be a text')
  if (typeof kind !== 'string') return say(['kind'], 'error', 'missing-field', 'kind must be a text')
  if (kind.endsWith('List') && Array.isArray(body['items'])) return readItems(document, body['items'], set, list)
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''
  const known = kindOf(group, kind)
  if (known === undefined) {
    const { severity, message, hint } = unknownKind(group, kind)
    const line = lineOf(document.spot, ['kind'])
    const more = hint === undefined ? {} : { hint }
    const object = titleOf(kind, metadata)
    return list.add({
      severity,
      code: 'unknown-kind',
      file: document.file,
      line,
      object,
      field: 'kind',
      message,
      ...more,
    })
  }
  readObject({ document, kind: known, group, metadata, body }, set, list)
}

/** `kubectl get -o yaml` writes several objects as the items of a List. */
function readItems(document: SourceDocument, items: readonly unknown[], set: ResourceSet, list: DiagnosticList): void {
  const spots = document.spot.children?.get('items')
  for (const [index, value] of items.entries()) {
    const spot: Spot = spots?.children?.get(index) ?? document.spot
    readDocument({ file: document.file, value, spot }, set, list)
  }
}

interface Found {
  readonly document: SourceDocument
  readonly kind: Kind
  readonly group: string
  readonly metadata: unknown
  readonly body: Readonly<Record<string, unknown>>
}

function readObject({ document, kind, group, metadata, body }: Found, set: ResourceSet, list: DiagnosticList): void {
  const { file, spot } = document
  const about = readMetadata(metadata, { file, spot, kind }, list)
  if (about === undefined) return
  const namespace = kinds[kind].namespaced ? (about.namespace ?? 'default') : ''
  const common = { kind, group, ...about, namespace, hasNamespace: about.namespace !== undefined, file, spot }
  // Until its body is checked the object stands for its place only.
  const place = new Resource<Kind>({ ...common, body: {} as never })
  const schema: z.ZodType = kinds[kind].body
  const checked = checkBody(schema, body, place, list)
  if (checked === undefined) return
  const before = set.add(new Resource<Kind>({ ...common, body: checked as never }))
  if (before === undefined) return
  const message = `the same object stands at ${before.origin()} too; this one counts`
  remark(list, place, [], { severity: 'warning', code: 'duplicate-object', message })
}

function unknownKind(group: string, kind: string): { severity: Severity; message: string; hint?: string } {
  const here = Object.keys(kinds).filter((known) => kinds[known as Kind].groups.includes(group))
  const close = here.find((known) => known.toLowerCase() === kind.toLowerCase()) ?? nearest(kind, here)
  const title = group === '' ? kind : `${kind} of ${group}`
  if (close !== undefined && close !== kind) {
    const message = `the kind ${title} is not known, so the object is passed over`
    return { severity: 'warning', message, hint: `did you mean ${close}?` }
  }
  return { severity: 'info', message: `objects of the kind ${title} have no meaning here and are passed over` }
}

function titleOf(kind: string, metadata: unknown): string {
  const { name, namespace } = isMap(metadata) ? metadata : {}
  if (typeof name !== 'string') return kind
  return typeof namespace === 'string' ? `${kind} ${namespace}/${name}` : `${kind} ${name}`
}

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A field that is null counts as left out, as in Kubernetes; all maps below too. */
function withoutNulls(map: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const kept = Object.entries(map).filter(([, value]) => value !== null)
  return Object.fromEntries(kept.map(([key, value]) => [key, cleaned(value)]))
}

function cleaned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => cleaned(item))
  return isMap(value) ? withoutNulls(value) : value
}
