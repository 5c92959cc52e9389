/**
 * Holds the public names of every package equal to the list in exports.txt, so that an accidental export fails here.
 * After an intended change: `npx -y pnpm@12 test docs/test/exports.test.ts -u`, and read the difference.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { namesOf, readPackages, root } from './workspace.ts'
import type { Package } from './workspace.ts'

/** Each entry point that the manifest names, with its source file. */
function entriesOf({ folder, manifest }: Package): [entry: string, source: string][] {
  const entries = Object.entries(manifest.exports as Record<string, string | Record<string, string>>)
  return entries.flatMap(([path, target]) =>
    typeof target === 'string'
      ? []
      : [[join(manifest.name, path), join('packages', folder, target['@headgate/source'] ?? '')]],
  )
}

test('names are read from every form of export', () => {
  const text = [
    "/** What it is. */\nexport { b, type A, c as d } from './b.ts'\n// more",
    "export type {\n  E,\n} from './e.ts'\nexport interface F {\n  readonly g: 1\n}\nexport type H<T> = T",
    'export function i(): void {}\nexport async function j() {}\nexport class K {}\nexport const l: number = 1',
  ].join('\n')
  expect(namesOf(text)).toEqual(['type A', 'type E', 'type F', 'type H', 'K', 'b', 'd', 'i', 'j', 'l'])
  expect(() => namesOf("export * from './a.ts'")).toThrow('exports by name')
  expect(() => namesOf('export default 1')).toThrow('exports by name')
})

test('the public names are the ones that were agreed', async () => {
  const entries = readPackages().flatMap(entriesOf)
  const list = entries.map(([entry, source]) => {
    const names = namesOf(readFileSync(join(root, source), 'utf8'))
    return [entry, ...names.map((name) => `  ${name}`)].join('\n')
  })
  await expect(`${list.join('\n\n')}\n`).toMatchFileSnapshot('exports.txt')
})
