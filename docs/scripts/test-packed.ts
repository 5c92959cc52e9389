/**
 * Installs the packages as a user would get them, from tarballs, into an empty project outside the workspace, and
 * uses them there: ES import, `require`, TypeScript of both kinds, and the first example of each README. It knows
 * nothing of what the packages do.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { namesOf, readManifest, readPackages, root } from '../test/workspace.ts'
import { blocksOf } from './markdown.ts'
import { checkTarballs, pack } from './packed/tarballs.ts'
import { run } from './packed/run.ts'

/** What the user of this test installs: the gateway, one adapter, OpenTelemetry, one policy, the tools for tests. Everything else comes as a dependency. */
const installed = ['headgate', 'express', 'otel', 'breaker', 'testing']

/** Packages whose example is not a server that runs on. */
const endsByItself = ['testing']

const packages = readPackages().filter(({ manifest }) => !manifest.private)
const chosen = packages.filter(({ folder }) => installed.includes(folder))
const names = chosen.map(({ manifest }) => manifest.name)

/** Versions of what the consumer brings along are those that the workspace is developed with. */
function manifestOfConsumer(tarballs: ReadonlyMap<string, string>): object {
  const own = Object.fromEntries(names.map((name) => [name, `file:${tarballs.get(name)}`]))
  const { express, '@types/express': types } = readManifest('packages/express').devDependencies ?? {}
  const { '@opentelemetry/api': openTelemetry } = readManifest('packages/otel').devDependencies ?? {}
  const { '@types/node': nodeTypes } = readManifest('.').devDependencies ?? {}
  return {
    private: true,
    type: 'module',
    dependencies: {
      ...own,
      express,
      '@opentelemetry/api': openTelemetry,
      '@types/express': types,
      '@types/node': nodeTypes,
    },
  }
}

function writeConsumer(project: string): void {
  const write = (file: string, text: string): void => writeFileSync(join(project, file), text)
  const expected = Object.fromEntries(
    chosen.map(({ folder, manifest }) => {
      const exported = namesOf(readFileSync(join(root, 'packages', folder, 'src/index.ts'), 'utf8'))
      return [manifest.name, exported.filter((name) => !name.startsWith('type '))]
    }),
  )
  const check = `for (const [name, names] of Object.entries(${JSON.stringify(expected)})) {
  const found = Object.keys(modules[name]).filter((key) => key !== '__esModule' && key !== 'default' && key !== 'module.exports')
  assert.deepEqual(found.toSorted(), names.toSorted(), name)
}`
  const list = (load: (name: string) => string): string => names.map((name) => `'${name}': ${load(name)}`).join(', ')
  write(
    'esm.mjs',
    `import assert from 'node:assert'\nconst modules = { ${list((name) => `await import('${name}')`)} }\n${check}\n`,
  )
  write(
    'cjs.cjs',
    `const assert = require('node:assert')\nconst modules = { ${list((name) => `require('${name}')`)} }\n${check}\n`,
  )
  const typed = names.map(
    (name, index) => `import * as m${index} from '${name}'\nexport const n${index}: object = m${index}`,
  )
  write('esm.ts', `${typed.join('\n')}\n`)
  write('cjs.cts', `${typed.join('\n')}\n`)
  for (const { folder } of chosen) {
    const first = blocksOf(readFileSync(join(root, 'packages', folder, 'README.md'), 'utf8')).find(
      ({ language }) => language === 'ts',
    )
    if (!first) throw new Error(`packages/${folder}/README.md has no ts block`)
    write(`readme-${folder}.ts`, first.code)
  }
  const compilerOptions = { module: 'nodenext', target: 'es2024', strict: true, noEmit: true, types: ['node'] }
  write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['*.ts', '*.cts'] }))
  // An example that serves has done its part once it listens, and every one gets a port of its own.
  write(
    'stop-when-listening.mjs',
    `import { Server } from 'node:net'
const { listen } = Server.prototype
Server.prototype.listen = function (...values) {
  this.once('listening', () => setImmediate(() => process.exit(0)))
  return listen.call(this, 0, ...values.filter((value) => typeof value === 'function'))
}
`,
  )
}

const project = mkdtempSync(join(tmpdir(), 'headgate-packed-'))
try {
  // From nothing: what an earlier build left behind would be packed too.
  await run('clean', 'pnpm', ['clean'], { cwd: root })
  await run('build', 'pnpm', ['build'], { cwd: root })
  const tarballs = await pack(packages, join(project, 'tarballs'))
  checkTarballs(packages, tarballs)
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifestOfConsumer(tarballs), null, 2))
  const overrides = [...tarballs].map(([name, path]) => `  '${name}': 'file:${path}'`)
  writeFileSync(join(project, 'pnpm-workspace.yaml'), `pmOnFail: ignore\noverrides:\n${overrides.join('\n')}\n`)
  await run('install', 'pnpm', ['install', '--prefer-offline', '--no-frozen-lockfile'], { cwd: project })
  writeConsumer(project)

  const node = process.execPath
  await run('import', node, ['esm.mjs'], { cwd: project })
  await run('require', node, ['cjs.cjs'], { cwd: project })
  await run('types', join(root, 'node_modules/.bin/tsc'), ['-p', '.'], { cwd: project })
  for (const { folder } of chosen) {
    const stops = endsByItself.includes(folder) ? [] : ['--import', './stop-when-listening.mjs']
    const example = [...stops, `readme-${folder}.ts`]
    await run(`README of ${folder}`, node, example, { cwd: project })
  }
  console.log(`${tarballs.size} tarballs are sound; ${names.join(', ')} work from them`)
} finally {
  rmSync(project, { recursive: true, force: true })
}
