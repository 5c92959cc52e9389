/**
 * Runs a conformance corpus against the built command line: `pnpm conformance DIR [--except FEATURE]... [options of its
 * runner]`. The corpus brings its own runner, DIR/run.mjs; this file knows only how to start headgate for it.
 */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')
const program = join(root, 'packages/cli/bin/headgate.js')
const [folder, ...given] = process.argv.slice(2)

function refuse(message: string): never {
  console.error(message)
  process.exit(2)
}

if (folder === undefined) refuse('usage: pnpm conformance DIR [options of DIR/run.mjs]')
// pnpm runs scripts in the root; a relative path is meant from where it was typed.
const runner = resolve(process.env['INIT_CWD'] ?? process.cwd(), folder, 'run.mjs')
if (!existsSync(runner)) refuse(`${runner} is not there`)
if (!existsSync(join(root, 'packages/cli/dist/main.js')))
  refuse('run `npx -y pnpm@12 build` first: the corpus runs the built program')

/** The runner can only name features to run, so what is left out becomes the list of all others. */
function optionsOf(words: readonly string[]): string[] {
  const rest: string[] = []
  const except: string[] = []
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    if (word === '--except') except.push(words[++at] ?? '')
    else rest.push(word)
  }
  if (except.length === 0) return rest
  const counts = execFileSync(process.execPath, [runner, '--count'], { encoding: 'utf8' })
  const features = counts.split('\n').map((line) => line.split('\t')[0] ?? '')
  const wanted = features.filter((feature) => feature !== '' && feature !== 'total' && !except.includes(feature))
  return [...rest, ...wanted.flatMap((feature) => ['--feature', feature])]
}

// The runner splits the command at blanks outside of quotes.
const command = `"${process.execPath}" "${program}" serve {files} {listens} {resolves} {metrics} --metrics-prefix kgateway`
const child = spawn(process.execPath, [runner, '--command', command, ...optionsOf(given)], { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => {
  process.exitCode = signal === null ? (code ?? 1) : 1
})
