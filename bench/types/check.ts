/** Runs the compiler over a generated program and reads what it counted. */
import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { program } from './generate.ts'

/** Of a whole run of the compiler, the sources of headgate included. */
export interface Diagnostics {
  readonly instantiations: number
  readonly types: number
  readonly checkSeconds: number
  readonly memoryMiB: number
}

const options = {
  strict: true,
  noEmit: true,
  target: 'esnext',
  module: 'nodenext',
  types: ['node'],
  skipLibCheck: true,
  allowImportingTsExtensions: true,
  erasableSyntaxOnly: true,
  customConditions: ['@headgate/source'],
}

/** Throws for a count that is not there. */
export function readDiagnostics(text: string): Diagnostics {
  const read = (name: string): number => {
    const found = new RegExp(`^${name}:\\s+([\\d.]+)`, 'm').exec(text)?.[1]
    if (found === undefined) throw new Error(`the compiler says nothing of "${name}":\n${text}`)
    return Number(found)
  }
  return {
    instantiations: read('Instantiations'),
    types: read('Types'),
    checkSeconds: read('Check time'),
    memoryMiB: read('Memory used') / 1024,
  }
}

/** Throws what the compiler says where it does not compile. One thread, so that the counts are the same each time. */
export async function check(routes: number): Promise<Diagnostics> {
  const folder = join(import.meta.dirname, '../results/types', String(routes))
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'gate.ts'), program(routes))
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['gate.ts'] }))
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
  const args = [compiler, '-p', folder, '--extendedDiagnostics', '--singleThreaded']
  try {
    const { stdout } = await promisify(execFile)(process.execPath, args)
    return readDiagnostics(stdout)
  } catch (error) {
    if (error instanceof Error && 'stdout' in error)
      throw new Error(`${routes} routes: ${String(error.stdout)}`, { cause: error })
    throw error
  }
}
