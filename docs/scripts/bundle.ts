/**
 * Puts each package into few files: `dist/index.js` with what it imports of its own, beside the types that `tsc -b` writes. Three
 * hundred files took more than twice as long to load, and what Node keeps of each of them is looked at by every collection of garbage.
 */
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, isAbsolute, join } from 'node:path'
import { rolldown } from 'rolldown'
import { builtIn, isRelative, packageNameOf, readPackages, root } from '../test/workspace.ts'
import type { Package } from '../test/workspace.ts'

/** `index`, and what the programs of the package run. */
function entriesOf({ folder, manifest }: Package): string[] {
  const programs = Object.values((manifest['bin'] ?? {}) as Readonly<Record<string, string>>)
  const run = programs.flatMap((program) => {
    const text = readFileSync(join(root, 'packages', folder, program), 'utf8')
    return [...text.matchAll(/'\.\.\/dist\/([\w-]+)\.js'/g)].flatMap((found) => found[1] ?? [])
  })
  return ['index', ...run].map((name) => join(root, 'packages', folder, 'src', `${name}.ts`))
}

async function bundle(one: Package): Promise<void> {
  const part = builtIn[one.folder] ?? []
  const build = await rolldown({
    input: entriesOf(one),
    platform: 'node',
    external: (id) => !isRelative(id) && !isAbsolute(id) && !id.startsWith('\0') && !part.includes(packageNameOf(id)),
  })
  try {
    const dist = join(root, 'packages', one.folder, 'dist')
    for (const old of globSync('**/*.js{,.map}', { cwd: dist })) rmSync(join(dist, old))
    const { output } = await build.write({ dir: dist, format: 'esm', sourcemap: true, chunkFileNames: '[name].js' })
    for (const { fileName } of output) if (fileName.endsWith('.map')) withoutSources(join(dist, fileName))
  } finally {
    await build.close()
  }
}

/** A package ships its own sources beside `dist`, and not those of others. */
function withoutSources(file: string): void {
  const map = JSON.parse(readFileSync(file, 'utf8')) as { sourcesContent?: unknown }
  delete map.sourcesContent
  writeFileSync(file, JSON.stringify({ ...map, file: basename(file, '.map') }))
}

for (const one of readPackages()) await bundle(one)
