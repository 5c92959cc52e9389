/** References to secrets inside of a config. It reads no secret. */

import type { GatewayConfig, SecretRef } from '@headgate/config'

/** Every reference in `part`, in the order of its fields. */
export function secretRefs(part: unknown): readonly SecretRef[] {
  const found: SecretRef[] = []
  collect(part, found)
  return found
}

/** Paths of `{ file }` references, each once. */
export function secretFiles(config: GatewayConfig | undefined): readonly string[] {
  return [...new Set(secretRefs(config).flatMap((ref) => ('file' in ref ? [ref.file] : [])))]
}

/** Names of `{ env }` references that have no value, each once. */
export function missingVariables(config: GatewayConfig, environment: NodeJS.ProcessEnv): readonly string[] {
  const names = secretRefs(config).flatMap((ref) => ('env' in ref ? [ref.env] : []))
  return [...new Set(names)].filter((name) => (environment[name] ?? '') === '')
}

/** A copy without the credentials of backends and the key of sessions, for work that sends nothing and must not need them. */
export function withoutCredentials(config: GatewayConfig): GatewayConfig {
  const { sessionKey: _key, ...rest } = config
  return {
    ...rest,
    backends: config.backends.map(({ headers: _headers, ...backend }) => backend),
  }
}

/** No other object of a config has one of these names as its only key, and a text there. */
const kinds = new Set(['env', 'file', 'secret'])

function collect(part: unknown, found: SecretRef[]): void {
  if (typeof part !== 'object' || part === null) return
  const [only, ...others] = Object.entries(part)
  if (only !== undefined && others.length === 0 && kinds.has(only[0]) && typeof only[1] === 'string') {
    found.push(part as SecretRef)
    return
  }
  for (const value of Object.values(part)) collect(value, found)
}
