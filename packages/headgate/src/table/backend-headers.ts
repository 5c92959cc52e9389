/** The header fields of each backend, secrets read. All that is missing is told at once. */

import type { BackendConfig } from '@headgate/config'
import { GatewayError } from '../errors.ts'
import { resolveSecret } from './secrets.ts'
import type { SecretTexts } from './secrets.ts'

/** Flat: name, value, … */
export type FlatHeaders = readonly string[]

/** `kept` gives what is in force for a backend that was not written anew, so that its secrets are not read again. */
export function resolveBackendHeaders(
  backends: readonly BackendConfig[],
  secrets: SecretTexts,
  kept: (backend: BackendConfig) => FlatHeaders | undefined,
): Map<string, FlatHeaders> {
  const problems: string[] = []
  const resolved = new Map<string, FlatHeaders>()
  for (const backend of backends) {
    const flat: string[] = []
    const before = kept(backend)
    for (const { name, value } of before === undefined ? (backend.headers ?? []) : []) {
      const text = typeof value === 'string' ? value : resolveSecret(value, secrets)
      if (typeof text === 'string') flat.push(name, text)
      else problems.push(`backend "${backend.name}", header ${name}: ${text.problem}`)
    }
    resolved.set(backend.name, before ?? flat)
  }
  if (problems.length > 0) throw new GatewayError('HEADGATE_SECRET', problems.join('\n'))
  return resolved
}

/** Where callers put their credentials, by lower-case name: OpenAI, Anthropic, Azure. */
export const credentialFields: readonly string[] = ['authorization', 'x-api-key', 'api-key']

/** Whether the credential is headgate's own, so that all callers share what the backend allows it. */
export function hasCredential(headers: FlatHeaders): boolean {
  return headers.some((name, at) => at % 2 === 0 && credentialFields.includes(name.toLowerCase()))
}
