/** Secret references to their values, read when the table is built. Never printed: errors name the reference only. */

import { readFileSync } from 'node:fs'
import type { SecretRef } from '@headgate/config'

export type SecretProblem = { readonly problem: string }

/** The value, without one trailing line break, or why there is none. */
export function resolveSecret(ref: SecretRef): string | SecretProblem {
  if ('env' in ref) {
    const value = process.env[ref.env]
    return value === undefined || value === '' ? { problem: `the environment variable ${ref.env} is not set` } : value
  }
  if ('file' in ref) {
    try {
      return readFileSync(ref.file, 'utf8').replace(/\r?\n$/, '')
    } catch {
      return { problem: `the file ${ref.file} cannot be read` }
    }
  }
  return { problem: `the secret ${ref.secret} can only be resolved where manifests are read` }
}
