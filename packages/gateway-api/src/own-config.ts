/** headgate's own config as YAML or JSON: the same text reader, then the config's own checks at their lines. */

import { parseConfig } from '@headgate/config'
import type { GatewayConfig, Problem } from '@headgate/config'

import type { DiagnosticList, Severity } from './diagnostics.ts'
import { lineOf } from './documents.ts'
import type { SourceDocument } from './documents.ts'
import { isMap } from './read.ts'

/** A document with the version of the config's format and without what every manifest has. */
export function isOwnConfig({ value }: SourceDocument): boolean {
  return isMap(value) && 'version' in value && !('apiVersion' in value) && !('kind' in value)
}

export function readOwnConfig(document: SourceDocument, list: DiagnosticList): GatewayConfig | undefined {
  const result = parseConfig(document.value)
  const [problems, severity, code]: [readonly Problem[], Severity, string] = result.ok
    ? [result.warnings, 'warning', 'doubtful-value']
    : [result.problems, 'error', 'invalid-value']
  for (const { path, at, message: wrong, expected, nearest } of problems) {
    const line = lineOf(document.spot, path)
    const message = `${wrong}; expected ${expected}`
    const hint = nearest === undefined ? {} : { hint: `did you mean ${nearest}?` }
    list.add({ severity, code, file: document.file, line, ...(at !== '' && { field: at }), message, ...hint })
  }
  return result.ok ? result.config : undefined
}
