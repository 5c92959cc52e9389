/** Secret references to their values, read when the table is built. Never printed: errors name the reference only. */

import { readFileSync } from 'node:fs'
import type { SecretRef } from '@headgate/config'

/** Secrets given beside the config, by `namespace/name/key`. */
export type SecretTexts = ReadonlyMap<string, string>

export type SecretProblem = { readonly problem: string }

/** The prefix and the value, without one trailing line break, or why there is none. */
export function resolveSecret(ref: SecretRef, secrets: SecretTexts): string | SecretProblem {
  const value = readSecret(ref, secrets)
  if (typeof value !== 'string') return value
  // Sent as a header field: with a line break in it every request to the backend would fail.
  if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) {
    return { problem: `${describe(ref)} holds a line break or another character that no header field can carry` }
  }
  return `${ref.prefix ?? ''}${value}`
}

function describe(ref: SecretRef): string {
  if ('env' in ref) return `the environment variable ${ref.env}`
  return 'file' in ref ? `the file ${ref.file}` : `the secret ${ref.secret}`
}

/** The bare text: for certificates, which have line breaks. */
export function readSecret(ref: SecretRef, secrets: SecretTexts): string | SecretProblem {
  if ('env' in ref) {
    const value = process.env[ref.env]
    return value === undefined || value === '' ? { problem: `${describe(ref)} is not set` } : value
  }
  if ('file' in ref) {
    try {
      return readFileSync(ref.file, 'utf8').replace(/\r?\n$/, '')
    } catch {
      return { problem: `${describe(ref)} cannot be read` }
    }
  }
  return secrets.get(ref.secret) ?? { problem: `${describe(ref)} is not among the secrets that were given` }
}
