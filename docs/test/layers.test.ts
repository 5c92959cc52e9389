/** Holds the drawing in docs/architecture.md: which package may import what. Sizes of files and functions are the linter's. */
import { describe, expect, test } from 'vitest'
import {
  builtIn,
  importsOf,
  isRelative,
  packageNameOf,
  readJson,
  readManifest,
  readPackages,
  readText,
  resolveRelative,
} from './workspace.ts'
import type { SourceFile } from './workspace.ts'

const policies = ['breaker', 'dialect', 'limiter', 'matcher', 'retry', 'selector']
const ours = (...folders: string[]): string[] => folders.map((folder) => `@headgate/${folder}`)

/** Everything that the sources of a package may import. A new package gets a row here, below those that it stands on. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(policies.map((policy) => [policy, []])),
  config: [...ours(...policies), 'zod'],
  'gateway-api': [...ours('config'), 'yaml', 'zod'],
  proxy: ['node:', 'undici'],
  headgate: ['node:', 'eventemitter3', ...ours('config', 'proxy', ...policies)],
  express: ['node:', 'headgate', 'express'],
  fastify: ['node:', 'headgate', 'fastify'],
  hono: ['node:', 'headgate', 'hono', '@hono/node-server'],
  otel: ['headgate', ...ours('dialect'), '@opentelemetry/api'],
  prometheus: ['node:', 'headgate', 'prom-client'],
  cli: ['node:', 'headgate', ...ours('config', 'gateway-api', 'prometheus'), 'pino', 'pino-pretty', 'prom-client'],
  testing: ['node:'],
  suites: [
    'node:',
    'vitest',
    ...ours('config', 'testing'),
    '@copilotkit/aimock',
    'openai',
    '@anthropic-ai/sdk',
    'ai',
    '@ai-sdk/openai-compatible',
    '@langchain/core',
    '@langchain/openai',
  ],
}

const packages = readPackages()
const all: SourceFile[] = packages.flatMap(({ sources, tests }) => [...sources, ...tests])
const shared = Object.keys(readManifest('.').devDependencies ?? {})
const outside = (file: SourceFile): string[] => [
  ...new Set(file.imports.filter((specifier) => !isRelative(specifier)).map(packageNameOf)),
]
const edges = new Map(
  all.map(({ path, imports }) => [
    path,
    imports.filter(isRelative).flatMap((specifier) => resolveRelative(path, specifier) ?? []),
  ]),
)

/** The first loop met on a walk from `path`, as the files on it. */
function cycleFrom(path: string, open: readonly string[], done: Set<string>): readonly string[] | undefined {
  if (open.includes(path)) return [...open.slice(open.indexOf(path)), path]
  if (done.has(path)) return undefined
  for (const next of edges.get(path) ?? []) {
    const cycle = cycleFrom(next, [...open, path], done)
    if (cycle) return cycle
  }
  done.add(path)
  return undefined
}

test('imports are read from every form of statement, and not from comments', () => {
  const text = [
    `import './a.ts'\nimport b from './b.ts'\nimport {\n  type C,\n} from './c.ts'`,
    `export type { D } from './d.ts'\nexport * from './e.ts'\nconst f = await import('./f.ts')`,
    `export type G = import('./g.ts').G\n/**\n * import x from './x.ts'\n */\n// import './y.ts'`,
    `export interface Z {\n  readonly from: 'z'\n}`,
  ].join('\n')
  expect(importsOf(text).toSorted()).toEqual('abcdefg'.split('').map((letter) => `./${letter}.ts`))
})

describe.each(packages)('packages/$folder', ({ folder, manifest, sources, tests }) => {
  test('imports only what lies below it', () => {
    expect(Object.keys(allowed), 'a row in the table above').toContain(folder)
    const tooFar = sources.flatMap((file) =>
      outside(file)
        .filter((name) => !allowed[folder]?.includes(name))
        .map((name) => `${file.path} imports ${name}`),
    )
    expect(tooFar).toEqual([])
  })

  test('declares what it imports', () => {
    const shipped = { ...manifest.dependencies, ...manifest.peerDependencies }
    // The sources of `suites` are for test files, which have the test runner at the root.
    const known = (file: SourceFile): string[] => [
      'node:',
      manifest.name,
      ...Object.keys(shipped),
      ...(builtIn[folder] ?? []),
      ...(sources.includes(file) && !manifest.private
        ? []
        : [...Object.keys(manifest.devDependencies ?? {}), ...shared]),
    ]
    const undeclared = [...sources, ...tests].flatMap((file) =>
      outside(file)
        .filter((name) => !known(file).includes(name))
        .map((name) => `${file.path} imports ${name}`),
    )
    expect(undeclared).toEqual([])
  })

  test('has the license of what is built into it', () => {
    for (const name of builtIn[folder] ?? []) {
      const license = readText(`packages/${folder}/node_modules/${name}/LICENSE`)
      expect(readText(`packages/${folder}/THIRD-PARTY-NOTICES.md`)).toContain(license.trim())
      expect(manifest['files']).toContain('THIRD-PARTY-NOTICES.md')
      expect(Object.keys(manifest.devDependencies ?? {})).toContain(name)
    }
  })

  test('imports what it declares', () => {
    const imported = new Set(sources.flatMap(outside))
    // A peer may be known by the shape of its objects alone; what is installed with the package must be needed.
    expect(Object.keys(manifest.dependencies ?? {}).filter((name) => !imported.has(name))).toEqual([])
  })

  test('is shaped like every other package', () => {
    const built = { types: './dist/index.d.ts', default: './dist/index.js' }
    const exports = { '.': built, './package.json': './package.json' }
    expect(manifest).toMatchObject({
      name: folder === 'headgate' ? 'headgate' : `@headgate/${folder}`,
      description: expect.stringMatching(/\.$/) as string,
      license: 'Apache-2.0',
      type: 'module',
      sideEffects: false,
      engines: readManifest('.')['engines'],
      files: expect.arrayContaining(['dist', 'src', '!src/**/*.test.ts']) as string[],
      exports: { ...exports, '.': { '@headgate/source': './src/index.ts', ...built } },
      publishConfig: { access: 'public', exports },
    })
    // Conditions are tried in order: the source must come first, and must be nowhere in what is published.
    expect(JSON.stringify(manifest.exports)).toMatch(/^\{"\.":\{"@headgate\/source"/)
    expect(JSON.stringify(manifest.publishConfig)).not.toContain('@headgate/source')
  })

  test('is not imported by its own files through its index', () => {
    const index = `packages/${folder}/src/index.ts`
    const selfish = sources.filter((file) =>
      file.imports.some(
        (found) => packageNameOf(found) === manifest.name || resolveRelative(file.path, found) === index,
      ),
    )
    expect(selfish.map((file) => file.path)).toEqual([])
  })

  test('is compiled after the packages that it depends on', () => {
    const { references } = readJson(`packages/${folder}/tsconfig.build.json`) as { references?: { path: string }[] }
    const workspace = Object.keys(manifest.dependencies ?? {}).filter((name) => /^(@headgate\/|headgate$)/.test(name))
    expect((references ?? []).map(({ path }) => path).toSorted()).toEqual(
      workspace.map((name) => `../${name.replace('@headgate/', '')}/tsconfig.build.json`).toSorted(),
    )
  })
})

test('every package is compiled from the root', () => {
  const { references } = readJson('tsconfig.json') as { references: { path: string }[] }
  expect(references.map(({ path }) => path).toSorted()).toEqual(
    packages.map(({ folder }) => `packages/${folder}/tsconfig.build.json`),
  )
})

test('every relative import leads to a file', () => {
  const broken = all.flatMap(({ path, imports }) =>
    imports
      .filter((specifier) => isRelative(specifier) && resolveRelative(path, specifier) === undefined)
      .map((specifier) => `${path} imports ${specifier}`),
  )
  expect(broken).toEqual([])
})

test('no file leads back to itself through its imports, types included', () => {
  const done = new Set<string>()
  expect(all.flatMap((file) => cycleFrom(file.path, [], done) ?? [])).toEqual([])
})

test('sources of one package are not reached by a relative path from another', () => {
  const home = (path: string): string => path.split('/', 2).join('/')
  const across = [...edges].flatMap(([path, targets]) =>
    targets.filter((target) => home(target) !== home(path)).map((target) => `${path} imports ${target}`),
  )
  expect(across).toEqual([])
})
