/** The bytes of a package: its own code, and with everything that it imports. */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'

const root = join(import.meta.dirname, '../..')

interface Manifest {
  readonly name: string
  readonly private?: boolean
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

export interface Package {
  readonly name: string
  readonly entry: string
  /** Brought by the application, so never a part of the bytes. */
  readonly peers: readonly string[]
}

/** All that are published and have code to import. */
export function packages(): readonly Package[] {
  return globSync('packages/*/package.json', { cwd: root })
    .toSorted()
    .flatMap((path) => {
      const {
        name,
        private: own,
        exports,
        peerDependencies = {},
      } = JSON.parse(readFileSync(join(root, path), 'utf8')) as Manifest
      const main = exports?.['.']
      const source = typeof main === 'object' ? main['@headgate/source'] : undefined
      if (own === true || source === undefined) return []
      return [{ name, entry: join(root, dirname(path), source), peers: Object.keys(peerDependencies) }]
    })
}

export interface Bytes {
  readonly minified: number
  readonly gzip: number
}

const isOf = (id: string, name: string): boolean => id === name || id.startsWith(`${name}/`)
const isBare = (id: string): boolean => !id.startsWith('.') && !id.startsWith('/') && !id.startsWith('\0')

/** `whole` with dependencies, otherwise without them. Node's own modules are never counted. */
export async function bundle({ entry, peers }: Package, whole: boolean): Promise<Bytes> {
  const build = await rolldown({
    input: entry,
    platform: 'node',
    resolve: { conditionNames: ['@headgate/source', 'module', 'import', 'node'] },
    external: (id, importer) =>
      importer !== undefined && isBare(id) && (!whole || peers.some((peer) => isOf(id, peer))),
    logLevel: 'silent',
  })
  try {
    const { output } = await build.generate({ format: 'esm', minify: true, codeSplitting: false })
    const code = output.map((part) => (part.type === 'chunk' ? part.code : '')).join('')
    return { minified: Buffer.byteLength(code), gzip: gzipSync(code, { level: 9 }).length }
  } finally {
    await build.close()
  }
}
