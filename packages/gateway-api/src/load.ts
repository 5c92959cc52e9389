/** The way in: files to a config and everything that is to be said of them. It opens no file and no socket. */

import type { GatewayConfig } from '@headgate/config'

import { Context } from './context.ts'
import type { LoadOptions } from './context.ts'
import { DiagnosticList } from './diagnostics.ts'
import type { Diagnostic } from './diagnostics.ts'
import { ReadingBudget, readDocuments } from './documents.ts'
import type { SourceDocument, SourceFile } from './documents.ts'
import { restoreNames } from './export/original-names.ts'
import { isOwnConfig, readOwnConfig } from './own-config.ts'
import { readResources } from './read.ts'
import type { Kind } from './resources/kinds.ts'
import type { ResourceSet } from './resources/resource.ts'
import { collectSecrets } from './secrets.ts'
import { toConfig } from './to-config.ts'

/** A listener of the config, with the names that it goes by. */
export interface LoadedListener {
  /** As in the config. */
  readonly name: string
  /** `namespace/name` of the Gateway, also for a listener that a ListenerSet adds to it. */
  readonly gateway: string
  /** Its own name. */
  readonly listener: string
  /** As declared. */
  readonly port: number
  readonly protocol: string
}

export interface LoadResult {
  /** `undefined` when a diagnostic is an error. */
  readonly config: GatewayConfig | undefined
  /** By file and line. */
  readonly diagnostics: readonly Diagnostic[]
  readonly listeners: readonly LoadedListener[]
  /** `namespace/name/key` to text, for the references `{ secret }` of the config. Never to be printed. */
  readonly secrets: ReadonlyMap<string, string>
}

/**
 * Reads Gateway API and kgateway manifests, or one headgate config, from YAML or JSON texts. Never throws: what cannot be read
 * is an error among the diagnostics, what upstream would answer for a part of the requests is in the config, with a warning.
 */
export function loadManifests(files: readonly SourceFile[], options: LoadOptions = {}): LoadResult {
  const list = new DiagnosticList()
  const budget = new ReadingBudget(options.maxCharacters)
  const documents = isTooLarge(files, budget, list) ? [] : files.flatMap((file) => readDocuments(file, list, budget))
  const own = documents.filter(isOwnConfig)
  const resources = readResources(
    documents.filter((document) => !isOwnConfig(document)),
    list,
  )
  const context = new Context(resources, list, options)
  const secrets = collectSecrets(context)
  const [first] = own
  const found =
    first === undefined
      ? restoreNames(
          fromManifests(context, files, options, secrets),
          documents.map(({ value }) => value),
        )
      : fromOwn(own, first, context)
  const diagnostics = list.sorted(files.map(({ name }) => name))
  return { ...found, config: list.hasErrors ? undefined : found.config, diagnostics, secrets }
}

type Found = Pick<LoadResult, 'config' | 'listeners'>

function fromManifests(
  context: Context,
  files: readonly SourceFile[],
  options: LoadOptions,
  secrets: ReadonlyMap<string, string>,
): Found {
  const { resources, list } = context
  if (resources.list('Gateway').length === 0 && !list.hasErrors) {
    const severity = options.requireGateway === false ? 'warning' : 'error'
    const message = 'there is no Gateway in the files, so nothing can be served'
    list.add({ severity, code: 'no-gateway', file: files[0]?.name ?? '', line: 1, message })
  }
  const { config, listeners } = toConfig(context, secrets)
  return {
    config,
    listeners: listeners.map(({ name, gateway, body, protocol }) => {
      return { name, gateway: gateway.id, listener: body.name, port: body.port, protocol }
    }),
  }
}

/** Beside a config of headgate's own there may be the Secrets that it refers to, and no other objects. */
function fromOwn(own: readonly SourceDocument[], first: SourceDocument, { resources, list }: Context): Found {
  for (const { file, spot } of own.slice(1)) {
    const message = 'there are two headgate configs; one is read'
    list.add({ severity: 'error', code: 'mixed-formats', file, line: spot.line, message })
  }
  for (const object of othersThan(resources, ['Secret', 'ConfigMap'])) {
    const message = 'a headgate config and manifests cannot be read together; Secrets may stand beside it'
    const { file, title } = object
    list.add({ severity: 'error', code: 'mixed-formats', file, line: object.line([]), object: title, message })
  }
  const config = readOwnConfig(first, list)
  const listeners = (config?.listeners ?? []).map(({ name, port, protocol }) => {
    return { name, gateway: config?.name ?? '', listener: name, port, protocol }
  })
  return { config, listeners }
}

function othersThan(resources: ResourceSet, kept: readonly Kind[]): ReturnType<ResourceSet['all']> {
  return resources.all().filter(({ kind }) => !kept.includes(kind))
}

/** A parser needs time in proportion to the text, and nothing else runs meanwhile. */
function isTooLarge(files: readonly SourceFile[], budget: ReadingBudget, list: DiagnosticList): boolean {
  let left = budget.characters
  for (const { name, text } of files) {
    if (text.length > left) {
      const line = text.slice(0, left).split('\n').length
      const message = `the files have more than ${budget.characters} characters together; the bound is reached here`
      list.add({ severity: 'error', code: 'yaml-too-large', file: name, line, message })
      return true
    }
    left -= text.length
  }
  return false
}
