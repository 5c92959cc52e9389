/** FILE arguments to texts. It reads, and does not understand what it reads. */

import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Diagnostic, SourceFile } from '@headgate/gateway-api'

export interface ReadFiles {
  readonly files: readonly SourceFile[]
  /** One error for each path that cannot be read. */
  readonly diagnostics: readonly Diagnostic[]
}

const sourceEnding = /\.(?:ya?ml|json)$/i

/** Reads files, and of folders what ends in `.yaml`, `.yml` or `.json`, in the order of names. A file given twice is read once. */
export function readFiles(paths: readonly string[]): ReadFiles {
  const files = new Map<string, SourceFile>()
  const diagnostics: Diagnostic[] = []
  const refuse = (file: string, error: unknown): void => {
    diagnostics.push({ severity: 'error', code: 'file-unreadable', file, line: 1, message: readMessage(error) })
  }
  for (const path of paths) {
    try {
      const names = statSync(path).isDirectory() ? filesOf(path) : [path]
      if (names.length === 0) refuse(path, 'the folder has no file that ends in .yaml, .yml or .json')
      for (const name of names) if (!files.has(name)) files.set(name, { name, text: readFileSync(name, 'utf8') })
    } catch (error) {
      refuse(path, error)
    }
  }
  return { files: [...files.values()], diagnostics }
}

function filesOf(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => sourceEnding.test(name) && !name.startsWith('.'))
    .toSorted()
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
}

function readMessage(error: unknown): string {
  if (typeof error === 'string') return error
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  switch (code) {
    case 'ENOENT':
      return 'there is no such file'
    case 'EACCES':
    case 'EPERM':
      return 'the file may not be read'
    default:
      return `the file cannot be read${typeof code === 'string' ? ` (${code})` : ''}`
  }
}
