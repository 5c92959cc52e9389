/** Writes docs/performance.md: `pnpm docs:performance`, and `pnpm docs:performance take` to take over what lies in `results` first. */
import { copyFileSync, existsSync, globSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { docs, readResults } from './results.ts'
import { page } from './page.ts'
import { sections } from './sections.ts'

if (process.argv[2] === 'take') {
  for (const { bench } of sections) {
    const taken = join(import.meta.dirname, '../results', `${bench}.json`)
    if (existsSync(taken)) copyFileSync(taken, join(docs, 'performance', `${bench}.json`))
  }
}
for (const drawing of globSync('performance/*.svg', { cwd: docs })) rmSync(join(docs, drawing))
for (const [path, text] of page(readResults())) writeFileSync(join(docs, path), text)
