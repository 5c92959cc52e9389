/** Which object and field each part of the config came from, so that a problem of the config is told at its line. */

import type { FieldPath } from './diagnostics.ts'
import type { Resource } from './resources/resource.ts'

export interface Source {
  readonly resource: Resource
  readonly path: FieldPath
}

/** What a field of the config is called in the manifests, where that differs. */
const names: Readonly<Record<string, string>> = { query: 'queryParams', backends: 'backendRefs' }

export class Provenance {
  readonly #sources = new WeakMap<object, Source>()

  /** Notes where a part comes from, and gives it back. */
  mark<Part extends object>(part: Part, resource: Resource, path: FieldPath): Part {
    this.#sources.set(part, { resource, path })
    return part
  }

  /** The object and field of a part that was marked. */
  of(part: object | undefined): Source | undefined {
    return part === undefined ? undefined : this.#sources.get(part)
  }

  /** The object and field of a place in the config; `undefined` where nothing on the way was marked. */
  find(root: unknown, place: FieldPath): Source | undefined {
    let found: Source | undefined
    let rest: (string | number)[] = []
    let part: unknown = root
    for (const key of place) {
      part =
        typeof part === 'object' && part !== null
          ? (part as Readonly<Record<string | number, unknown>>)[key]
          : undefined
      rest.push(typeof key === 'string' ? (names[key] ?? key) : key)
      const source = typeof part === 'object' && part !== null ? this.#sources.get(part) : undefined
      if (source === undefined) continue
      found = source
      rest = []
    }
    return found === undefined ? undefined : { resource: found.resource, path: [...found.path, ...rest] }
  }
}
