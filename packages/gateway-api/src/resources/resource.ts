/** One object that was read, and the set of all. It knows no meaning of their fields. */

import { fieldText } from '../diagnostics.ts'
import type { DiagnosticList, FieldPath, Severity } from '../diagnostics.ts'
import { lineOf } from '../documents.ts'
import type { Spot } from '../documents.ts'
import type { Bodies, Kind } from './kinds.ts'

/** An object with its place. */
export class Resource<K extends Kind = Kind> {
  readonly kind: K
  /** The group as written: `''` for Kubernetes' own kinds. */
  readonly group: string
  /** `default` where none is written; `''` for kinds without one. */
  readonly namespace: string
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** Their names; no annotation changes anything. */
  readonly annotations: readonly string[]
  /** In ms since the epoch. */
  readonly createdAt: number | undefined
  /** True where the document names its namespace itself. */
  readonly hasNamespace: boolean
  readonly body: Bodies[K]
  readonly file: string
  readonly #spot: Spot

  constructor(parts: ResourceParts<K>) {
    this.kind = parts.kind
    this.group = parts.group
    this.namespace = parts.namespace
    this.name = parts.name
    this.labels = parts.labels
    this.annotations = parts.annotations
    this.createdAt = parts.createdAt
    this.hasNamespace = parts.hasNamespace
    this.body = parts.body
    this.file = parts.file
    this.#spot = parts.spot
  }

  /** `namespace/name`, or the name alone. */
  get id(): string {
    return this.namespace === '' ? this.name : `${this.namespace}/${this.name}`
  }

  /** `Kind namespace/name`. */
  get title(): string {
    return `${this.kind} ${this.id}`
  }

  line(path: FieldPath): number {
    return lineOf(this.#spot, path)
  }

  /** `file.yaml:12`. */
  origin(path: FieldPath = []): string {
    return `${this.file}:${this.line(path)}`
  }
}

export interface ResourceParts<K extends Kind> {
  readonly kind: K
  readonly group: string
  readonly namespace: string
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: readonly string[]
  readonly createdAt: number | undefined
  readonly hasNamespace: boolean
  readonly body: Bodies[K]
  readonly file: string
  readonly spot: Spot
}

/** What is said of a field of an object. */
export interface Remark {
  readonly severity: Severity
  readonly code: string
  readonly message: string
  readonly hint?: string | undefined
}

/** Adds a diagnostic about a field of an object; an empty path is the object itself. */
export function remark(list: DiagnosticList, resource: Resource, path: FieldPath, about: Remark): void {
  const { severity, code, message, hint } = about
  list.add({
    severity,
    code,
    file: resource.file,
    line: resource.line(path),
    object: resource.title,
    ...(path.length === 0 ? {} : { field: fieldText(path) }),
    message,
    ...(hint === undefined ? {} : { hint }),
  })
}

type ByKind = { [K in Kind]?: Map<string, Resource<K>> }

/** All objects by kind and `namespace/name`, in the order of the files. */
export class ResourceSet {
  readonly #kinds: ByKind = {}

  /** Keeps the object; one of the same kind and name that was there before is replaced and given back. */
  add<K extends Kind>(resource: Resource<K>): Resource<K> | undefined {
    const objects: Map<string, Resource<K>> = this.#kinds[resource.kind] ?? new Map<string, Resource<K>>()
    const before = objects.get(resource.id)
    objects.delete(resource.id)
    objects.set(resource.id, resource)
    ;(this.#kinds as Record<Kind, Map<string, Resource<K>>>)[resource.kind] = objects
    return before
  }

  list<K extends Kind>(kind: K): readonly Resource<K>[] {
    return [...(this.#kinds[kind]?.values() ?? [])] as Resource<K>[]
  }

  /** `id` is `namespace/name`, or the name for kinds without a namespace. */
  get<K extends Kind>(kind: K, id: string): Resource<K> | undefined {
    return this.#kinds[kind]?.get(id) as Resource<K> | undefined
  }

  all(): readonly Resource[] {
    return (Object.keys(this.#kinds) as Kind[]).flatMap((kind) => this.list(kind))
  }

  ids(kind: Kind): readonly string[] {
    return [...(this.#kinds[kind]?.keys() ?? [])]
  }
}
