/** Reads the packages of this workspace as text: manifests, files and their imports. It compiles and runs nothing. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

export const root: string = resolve(import.meta.dirname, '../..')

export interface Manifest {
  readonly name: string
  readonly private?: boolean
  readonly exports?: unknown
  readonly publishConfig?: { readonly access?: string; readonly exports?: unknown }
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly [field: string]: unknown
}

/**
 * Dependencies whose code becomes a part of a package when it is built, by its folder: those parts of it alone that are used. Whoever
 * installs the package does not install them. Their licenses stand in its `THIRD-PARTY-NOTICES.md`.
 */
export const builtIn: Readonly<Record<string, readonly string[]>> = { config: ['zod'] }

export interface SourceFile {
  /** Path from the root of the repository. */
  readonly path: string
  /** Every specifier that the file imports or re-exports, types included. */
  readonly imports: readonly string[]
  readonly text: string
}

export interface Package {
  /** Name of the folder under `packages/`. */
  readonly folder: string
  readonly manifest: Manifest
  /** What is published: `src/` without tests. */
  readonly sources: readonly SourceFile[]
  /** Tests in `src/` and everything in `test/`. */
  readonly tests: readonly SourceFile[]
}

// The formatter puts each import and export at the start of a line; a comment line never starts with one.
const statement = /^(?:import|export)\s(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm
const expression = /\bimport\(\s*'([^']+)'\s*\)/g

export function importsOf(text: string): string[] {
  const code = text.replaceAll(/^\s*(?:\/\*\*?|\*|\/\/).*$/gm, '')
  return [...code.matchAll(statement), ...code.matchAll(expression)].flatMap((found) => found[1] ?? [])
}

function readSources(pattern: string): SourceFile[] {
  return globSync(pattern, { cwd: root, exclude: (path) => path.includes('node_modules') })
    .toSorted()
    .map((path) => {
      const text = readFileSync(join(root, path), 'utf8')
      return { path, text, imports: importsOf(text) }
    })
}

export const readText = (path: string): string => readFileSync(join(root, path), 'utf8')

export const readJson = (path: string): unknown => JSON.parse(readText(path)) as unknown

export const readManifest = (folder: string): Manifest => readJson(`${folder}/package.json`) as Manifest

/** Case suites are tests too, except in the private package whose product they are. */
const isTest = ({ path }: SourceFile, { private: internal }: Manifest): boolean =>
  /\.test(-d)?\.ts$/.test(path) || (path.endsWith('.case.ts') && internal !== true)

export function readPackages(): Package[] {
  return globSync('packages/*/package.json', { cwd: root })
    .toSorted()
    .map((path) => {
      const home = dirname(path)
      const manifest = readManifest(home)
      const [tests = [], sources = []] = [true, false].map((wanted) =>
        readSources(`${home}/src/**/*.ts`).filter((file) => isTest(file, manifest) === wanted),
      )
      const folder = relative('packages', home)
      return { folder, manifest, sources, tests: [...tests, ...readSources(`${home}/test/**/*.ts`)] }
    })
}

/** `@headgate/retry/deep` and `node:fs/promises` to the name that a manifest would list. */
export function packageNameOf(specifier: string): string {
  if (specifier.startsWith('node:')) return 'node:'
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}

export const isRelative = (specifier: string): boolean => specifier.startsWith('.')

/** Path from the root of a relative import, or undefined where no such file exists. */
export function resolveRelative(from: string, specifier: string): string | undefined {
  const path = join(dirname(from), specifier)
  return existsSync(join(root, path)) ? path : undefined
}

const exported =
  /^export (?:(type )?\{([^}]*)\}|(?:(interface|type)|(?:async )?function\*?|(?:abstract )?class|const) (\w+))/gm

/**
 * The public names of an entry point: capitals first, types marked. What is exported without a name of its own to be
 * read here (`export *`, `export default`) is an error.
 */
export function namesOf(text: string): string[] {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
  const [nameless] = /^export .*$/m.exec(code.replaceAll(exported, '')) ?? []
  if (nameless !== undefined) throw new Error(`an entry point exports by name, but here stands: ${nameless}`)
  return [...code.matchAll(exported)]
    .flatMap(([, typeList, list, type, name]) =>
      list === undefined
        ? [`${type === undefined ? '' : 'type '}${name}`]
        : list.split(',').map((one) => (typeList ?? '') + one.trim()),
    )
    .filter((name) => !/^(type )?$/.test(name))
    .map((name) => name.replace(/(\w+) as (\w+)$/, '$2'))
    .toSorted((a, b) => (a.replace('type ', '') < b.replace('type ', '') ? -1 : 1))
}
