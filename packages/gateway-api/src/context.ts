/** What every step of a load has at hand: the objects, the options, and where to tell things. It decides nothing. */

import { nearest } from '@headgate/config'

import { DiagnosticList } from './diagnostics.ts'
import type { FieldPath, Severity } from './diagnostics.ts'
import { remark } from './resources/resource.ts'
import type { Resource, ResourceSet } from './resources/resource.ts'

/** How a load may differ from what upstream would do with the same files. */
export interface LoadOptions {
  /**
   * Default false. True turns the checks across namespaces off: `allowedRoutes.namespaces`, `allowedListeners` and
   * ReferenceGrant; a policy that names no namespace may find its target in any one.
   */
  readonly trustNamespaces?: boolean
  /** `SERVICE.NAMESPACE:PORT` to the URLs of its endpoints. They take the place of EndpointSlices. */
  readonly resolve?: ReadonlyMap<string, readonly string[]>
  /** The text of a Secret that is not in the files, by `namespace/name/key`; `undefined` where there is none. */
  readonly readSecret?: (reference: string) => string | undefined
  /** Default true: files without a Gateway are an error, as nothing can be served. False: a warning. */
  readonly requireGateway?: boolean
  /**
   * Most characters of all files together. Default 2 Mi. Of the tokens that they are made of there may be a quarter as many: a
   * parser's time goes into these, about half a second for as many as the default allows.
   */
  readonly maxCharacters?: number
}

/** Most names that are compared to find those that read alike: a file of thousands of wrong ones must not take minutes. */
const maxComparisons = 100_000

export class Context {
  #comparisons = maxComparisons
  readonly resources: ResourceSet
  readonly list: DiagnosticList
  readonly trustNamespaces: boolean
  readonly resolve: ReadonlyMap<string, readonly string[]>
  readonly readSecret: (reference: string) => string | undefined

  constructor(resources: ResourceSet, list: DiagnosticList, options: LoadOptions) {
    this.resources = resources
    this.list = list
    this.trustNamespaces = options.trustNamespaces ?? false
    this.resolve = options.resolve ?? new Map<string, readonly string[]>()
    this.readSecret = options.readSecret ?? (() => undefined)
  }

  /** The same for a first look at something that is looked at again: nothing is told. */
  silent(): Context {
    const { resources, trustNamespaces, resolve, readSecret } = this
    return new Context(resources, new DiagnosticList(), { trustNamespaces, resolve, readSecret })
  }

  /** A hint for a name that was not found: the same name in another namespace, or one that reads alike. */
  didYouMean(id: string, ids: readonly string[]): string | undefined {
    const bare = id.slice(id.indexOf('/') + 1)
    this.#comparisons -= ids.length
    const elsewhere = ids.find((known) => known.slice(known.indexOf('/') + 1) === bare)
    const close = elsewhere ?? (this.#comparisons < 0 ? undefined : nearestBare(bare, ids))
    return close === undefined ? undefined : `did you mean ${close}?`
  }

  error(resource: Resource, path: FieldPath, code: string, message: string, hint?: string): void {
    this.say('error', resource, path, code, message, hint)
  }

  warn(resource: Resource, path: FieldPath, code: string, message: string, hint?: string): void {
    this.say('warning', resource, path, code, message, hint)
  }

  info(resource: Resource, path: FieldPath, code: string, message: string, hint?: string): void {
    this.say('info', resource, path, code, message, hint)
  }

  say(severity: Severity, resource: Resource, path: FieldPath, code: string, message: string, hint?: string): void {
    remark(this.list, resource, path, { severity, code, message, hint })
  }
}

function nearestBare(bare: string, ids: readonly string[]): string | undefined {
  const byName = new Map(ids.map((id) => [id.slice(id.indexOf('/') + 1), id]))
  const close = nearest(bare, [...byName.keys()]) ?? nearestByWords(bare, [...byName.keys()])
  return close === undefined ? undefined : byName.get(close)
}

/** Names of objects are words with dashes: `model-routing` and `model-header-routing` share all of one's words. */
function nearestByWords(wanted: string, names: readonly string[]): string | undefined {
  const words = wanted.split('-')
  const holds = (long: readonly string[], short: readonly string[]): boolean =>
    short.every((word) => long.includes(word))
  return names.find((known) => {
    const parts = known.split('-')
    return Math.min(parts.length, words.length) > 1 && (holds(parts, words) || holds(words, parts))
  })
}
