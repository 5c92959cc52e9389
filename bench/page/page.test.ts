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

const drawings = [...made.keys()].filter((path) => path.endsWith('.svg'))

test('its drawings are those of the kept runs, and no others lie there', () => {
  expect(drawings.length).toBeGreaterThan(0)
  expect(globSync('performance/*.svg', { cwd: docs }).toSorted()).toEqual(drawings.toSorted())
})

test.for(drawings)('%s is what the kept run gives', (path) => {
  expect(readFileSync(join(docs, path), 'utf8')).toBe(made.get(path))
})

test.for(drawings)('%s is well-formed: browsers show nothing of one that is not', (path) => {
  const tag = /^<\/?[\w:]+(?: [\w:-]+="[^"<]*")* ?\/?>$/
  const text = (made.get(path) ?? '').replaceAll(/<!\[CDATA\[[\s\S]*?\]\]>/g, '')
  const broken = [...text.matchAll(/<[^>]*>/g)].filter(([found]) => !tag.test(found.replaceAll(/\s+/g, ' ')))
  expect(broken).toEqual([])
})
