/** The runs that are kept in the repository. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Result } from '../report/result.ts'

export const docs: string = join(import.meta.dirname, '../../docs')

export function readResults(): readonly Result[] {
  return globSync('performance/*.json', { cwd: docs })
    .toSorted()
    .map((path) => JSON.parse(readFileSync(join(docs, path), 'utf8')) as Result)
}
