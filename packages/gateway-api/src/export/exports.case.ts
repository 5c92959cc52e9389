/** Short forms for tests of the export: a config, what is written, and what comes back. */

import { defineConfig } from '@headgate/config'
import type { GatewayConfig, GatewayConfigInput } from '@headgate/config'
import { parseAllDocuments } from 'yaml'

import type { LoadOptions } from '../context.ts'
import { loadManifests } from '../load.ts'
import type { ExportDialect } from './dialects.ts'
import { exportManifests } from './from-config.ts'
import { restoreNames } from './original-names.ts'

export type Fields = Readonly<Record<string, unknown>>

interface Written extends Fields {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace: string; readonly annotations?: Fields }
  readonly spec: Fields
}

export function config(input: Omit<GatewayConfigInput, 'version'>): GatewayConfig {
  return defineConfig({ version: 1, ...input })
}

/** A config of one rule for `/v1` that sends to `stable`, with more parts of the rule. */
export function ruleConfig(rule: Fields, more: Fields = {}): GatewayConfig {
  return config({
    backends: [{ name: 'stable', endpoints: ['http://10.0.0.1:8000'] }],
    routes: [{ name: 'chat', rules: [{ backends: [{ backend: 'stable' }], ...rule }] }],
    ...more,
  })
}

/** A config of one backend, `stable`, that a rule sends to. */
export function backendConfig(backend: Fields): GatewayConfig {
  return config({
    backends: [{ name: 'stable', endpoints: ['http://10.0.0.1:8000'], ...backend }],
    routes: [{ name: 'chat', rules: [{ backends: [{ backend: 'stable' }] }] }],
  })
}

/** The documents as plain data. */
export function objects(source: GatewayConfig, dialect: ExportDialect = 'kgateway'): readonly Written[] {
  return documentsOf(exportManifests(source, dialect).yaml) as readonly Written[]
}

export function documentsOf(yaml: string): readonly unknown[] {
  return parseAllDocuments(yaml).map((document) => document.toJS() as unknown)
}

/** The only object of a kind, or the one of a name. */
export function objectOf(source: GatewayConfig, kind: string, dialect?: ExportDialect, name?: string): Written {
  const found = objects(source, dialect).filter((object) => {
    return object.kind === kind && (name === undefined || object.metadata.name === name)
  })
  const [first] = found
  if (first === undefined || found.length > 1) throw new Error(`${found.length} objects of the kind ${kind}`)
  return first
}

/** The rules of the only route. */
export function rulesOf(source: GatewayConfig, dialect?: ExportDialect, kind = 'HTTPRoute'): readonly Fields[] {
  return objectOf(source, kind, dialect).spec['rules'] as readonly Fields[]
}

/** `path: reason`, without what a config without listeners is always told. */
export function unsaid(source: GatewayConfig, dialect: ExportDialect): readonly string[] {
  return exportManifests(source, dialect).unsaid.flatMap(({ path, reason }) => {
    return path === 'listeners' ? [] : [`${path}: ${reason}`]
  })
}

/** Paths of what is unsaid. */
export function paths(source: GatewayConfig, dialect: ExportDialect): readonly string[] {
  return exportManifests(source, dialect).unsaid.flatMap(({ path }) => (path === 'listeners' ? [] : [path]))
}

/** What the manifests are read back as. Secrets that they refer to are there. */
export function reload(yaml: string, options: LoadOptions = {}): GatewayConfig {
  const loaded = loadManifests([{ name: 'exported.yaml', text: yaml }], { readSecret: () => 'PEM', ...options })
  const { config: found, diagnostics } = restoreNames(loaded, documentsOf(yaml))
  if (found === undefined) throw new Error(`not read back: ${JSON.stringify(diagnostics)}\n${yaml}`)
  return found
}

/** Without the places of files, and in an order that does not depend on the files either. */
export function bare(source: GatewayConfig): unknown {
  const byName = <Item extends { readonly name: string; readonly namespace?: string }>(
    items: readonly Item[],
  ): Item[] => items.toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1))
  const { listeners, backends, limits, routes, ...rest } = withoutOrigins(source) as GatewayConfig
  return {
    ...rest,
    listeners: byName(listeners),
    backends: byName(backends),
    limits: byName(limits),
    routes: byName(routes),
  }
}

function idOf({ name, namespace = '' }: { readonly name: string; readonly namespace?: string }): string {
  return `${namespace}/${name}`
}

function withoutOrigins(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutOrigins)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(
    ([key, item]) => key !== 'origin' && key !== 'origins' && item !== undefined,
  )
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutOrigins(item)]))
}
