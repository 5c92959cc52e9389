/** Files to a gateway config: the one place that knows the reader of manifests. */

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { loadManifests } from '@headgate/gateway-api'
import type { Diagnostic, LoadResult } from '@headgate/gateway-api'
import type { GatewayConfig, ListenerConfig } from '@headgate/config'
import type { SourceOptions } from './arguments.ts'
import type { NamedListener } from './bind.ts'
import { readFiles } from './files.ts'
import { secretFiles } from './secret-refs.ts'

/** What can be served. */
export interface Loaded {
  readonly config: GatewayConfig
  readonly listeners: readonly NamedListener[]
  /** Values of Secret manifests by `namespace/name/key`; never printed. */
  readonly secrets: ReadonlyMap<string, string>
}

export interface LoadOutcome {
  /** Undefined where there are errors. */
  readonly loaded: Loaded | undefined
  readonly diagnostics: readonly Diagnostic[]
  /** How many files were read. */
  readonly files: number
  /** Files that the config names for its secrets. */
  readonly secretFiles: readonly string[]
  /** Equal for equal contents of all files, secrets included. */
  readonly fingerprint: string
}

export interface LoadPurpose {
  /** To serve something there must be a Gateway; to check or translate a part of the manifests there need not. */
  readonly toServe: boolean
}

/** For a headgate config that declares none: a gateway needs a door. */
const plainListener: ListenerConfig = { name: 'http', port: 8080, protocol: 'HTTP' }

/** Reads everything anew. Does not throw for what is in the files. */
export function load(source: SourceOptions, { toServe }: LoadPurpose): LoadOutcome {
  const { files, diagnostics: unreadable } = readFiles(source.paths)
  const { trustNamespaces, resolve } = source
  const options = { trustNamespaces, resolve, requireGateway: toServe }
  // With a part of the files most of what could be said of them would be wrong.
  const result = unreadable.length > 0 ? undefined : loadManifests(files, options)
  const secrets = secretFiles(result?.config)
  const fingerprint = createHash('sha256')
  for (const { name, text } of files) fingerprint.update(JSON.stringify([name, text]))
  for (const { file } of unreadable) fingerprint.update(JSON.stringify([file]))
  for (const path of secrets) fingerprint.update(JSON.stringify([path, digestOf(path)]))
  return {
    loaded: result?.config === undefined ? undefined : withListener(result, result.config),
    diagnostics: [...unreadable, ...(result?.diagnostics ?? [])],
    files: files.length,
    secretFiles: secrets,
    fingerprint: fingerprint.digest('hex'),
  }
}

/** Routes that are open to every listener get one where there is none; routes of manifests name theirs. */
function withListener({ listeners, secrets }: LoadResult, config: GatewayConfig): Loaded {
  const isOpen = config.routes.some((route) => route.listeners === undefined)
  if (config.listeners.length > 0 || !isOpen) return { config, listeners, secrets }
  const { name, port, protocol } = plainListener
  return {
    config: { ...config, listeners: [plainListener] },
    listeners: [{ name, gateway: config.name, listener: name, port, protocol }],
    secrets,
  }
}

function digestOf(path: string): string {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex')
  } catch {
    return ''
  }
}
