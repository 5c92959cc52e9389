/** Packs the packages and looks into the tarballs: what must be there, and what must not. */
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../test/workspace.ts'
import type { Manifest, Package } from '../../test/workspace.ts'
import { run } from './run.ts'

/** Tarballs by the name of the package. */
export async function pack(packages: readonly Package[], folder: string): Promise<Map<string, string>> {
  mkdirSync(folder, { recursive: true })
  const filters = packages.flatMap(({ manifest }) => ['--filter', manifest.name])
  await run('pack', 'pnpm', ['-r', ...filters, 'pack', '--pack-destination', folder], { cwd: root })
  return new Map(
    packages.map(({ manifest: { name, version } }) => [
      name,
      join(folder, `${name.replace('@', '').replace('/', '-')}-${String(version)}.tgz`),
    ]),
  )
}

const tar = (...values: string[]): string => execFileSync('tar', values, { encoding: 'utf8', maxBuffer: 2 ** 26 })

function problemsOf({ folder, sources }: Package, tarball: string): string[] {
  const files = tar('-tzf', tarball).split('\n').filter(Boolean)
  const manifest = tar('-xzOf', tarball, 'package/package.json')
  const { exports } = JSON.parse(manifest) as Manifest
  const built = sources.map(({ path }) =>
    path.replace(`packages/${folder}/src`, 'package/dist').replace(/\.ts$/, '.d.ts'),
  )
  return [
    ...['package/LICENSE', 'package/README.md', 'package/dist/index.js', ...built]
      .filter((file) => !files.includes(file))
      .map((file) => `${file} is missing`),
    ...files
      .filter((file) => /\.test(-d)?\.|\.case\.|tsbuildinfo/.test(file))
      .map((file) => `${file} must not be packed`),
    ...(JSON.stringify(exports).includes('@headgate/source') ? ['exports still name the source condition'] : []),
    ...(manifest.includes('"workspace:') || manifest.includes('"catalog:') ? ['a dependency has no version'] : []),
  ].map((problem) => `packages/${folder}: ${problem}`)
}

/** Throws with every problem of every tarball. */
export function checkTarballs(packages: readonly Package[], tarballs: ReadonlyMap<string, string>): void {
  const problems = packages.flatMap((one) => problemsOf(one, tarballs.get(one.manifest.name) ?? ''))
  if (problems.length > 0) throw new Error(`the tarballs are not as they should be:\n${problems.join('\n')}`)
}
