/**
 * Type-checks every `ts` block of the Markdown files against the public names of the packages. It runs none of them.
 *
 * Each block is a module of its own and imports what it uses; blocks never continue one another. One that begins with
 * `// name.ts` can be imported by that name on its page, the first of a name where there are several. A block that cannot
 * be checked is fenced as `ts no-check: the reason`. Needs no build: the packages are read from their sources.
 */
import { spawnSync } from 'node:child_process'
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { blocksOf } from './markdown.ts'

const root = resolve(import.meta.dirname, '../..')
// Inside docs/, so that blocks resolve every package and framework that docs/package.json lists.
const folder = join(root, 'docs/.snippets')
const pages = globSync(['README.md', 'packages/*/README.md', 'examples/*/README.md', 'docs/*.md', 'bench/*.md'], {
  cwd: root,
}).toSorted()

const complaints: string[] = []
const pageOfFile = new Map<string, string>()

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })

for (const page of pages) {
  for (const { language, note, code, line } of blocksOf(readFileSync(join(root, page), 'utf8'))) {
    if (/^(js|mjs|cjs|javascript|typescript|tsx|mts|cts)$/.test(language)) {
      complaints.push(`${page}:${line}: fence the block as \`ts\`, so that it is checked`)
    }
    if (language !== 'ts') continue
    if (/^no-check: \S.+/.test(note)) continue
    if (note !== '') complaints.push(`${page}:${line}: unknown note "${note}" (expected: no-check: the reason)`)
    const own = page.replaceAll(/[/.]/g, '_')
    const named = `${own}/${/^\/\/ ([\w-]+\.ts)\n/.exec(code)?.[1] ?? `${line}.ts`}`
    const file = pageOfFile.has(named) ? `${own}/${line}.ts` : named
    pageOfFile.set(file, page)
    mkdirSync(join(folder, own), { recursive: true })
    // As many empty lines as stand above it: the compiler then reports the line of the page.
    writeFileSync(join(folder, file), '\n'.repeat(line) + code)
  }
}

writeFileSync(
  join(folder, 'tsconfig.json'),
  JSON.stringify({
    extends: '../../tsconfig.test.json',
    compilerOptions: { moduleDetection: 'force' },
    include: ['*/*.ts'],
    exclude: [],
  }),
)
const compiler = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', '.', '--pretty', 'false'], {
  cwd: folder,
  encoding: 'utf8',
})
if (compiler.error) throw compiler.error
if (compiler.status !== 0) {
  complaints.push(
    compiler.stdout.trim().replaceAll(/^([\w-]+\/[\w.-]+\.ts)\(/gm, (_, file: string) => `${pageOfFile.get(file)}(`),
  )
}
rmSync(folder, { recursive: true, force: true })

if (complaints.length > 0) console.error(complaints.join('\n'))
console.log(`${pageOfFile.size} blocks of ${pages.length} pages checked`)
process.exitCode = complaints.length > 0 ? 1 : 0
