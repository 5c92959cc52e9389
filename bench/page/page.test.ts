/** The page of the docs is what the kept runs give. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { page } from './page.ts'
import { docs, readResults } from './results.ts'

const made = page(readResults())

test('docs/performance.md says what the kept runs give; `npx -y pnpm@12 docs:performance` writes it anew', () => {
  expect(readFileSync(join(docs, 'performance.md'), 'utf8')).toBe(made.get('performance.md'))
})

test('its drawings are those of the kept runs, and no others lie there', () => {
  const drawn = [...made.keys()].filter((path) => path.endsWith('.svg'))
  expect(drawn.length).toBeGreaterThan(0)
  expect(globSync('performance/*.svg', { cwd: docs }).toSorted()).toEqual(drawn.toSorted())
  for (const path of drawn) expect(readFileSync(join(docs, path), 'utf8'), path).toBe(made.get(path))
})

test('drawings are well-formed: browsers show nothing of one that is not', () => {
  const tag = /^<\/?[\w:]+(?: [\w:-]+="[^"<]*")* ?\/?>$/
  for (const [path, text] of made) {
    if (!path.endsWith('.svg')) continue
    const broken = [...text.replaceAll(/<!\[CDATA\[[\s\S]*?\]\]>/g, '').matchAll(/<[^>]*>/g)]
      .map(([found]) => found)
      .filter((found) => !tag.test(found.replaceAll(/\s+/g, ' ')))
    expect(broken, path).toEqual([])
  }
})
