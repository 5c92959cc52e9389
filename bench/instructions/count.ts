/**
 * Instructions of the processor for one call, counted by valgrind in a Node that interprets: the same in every run but for a few, on every
 * machine of one architecture, whatever else it does. They say what code does, and not how fast it is once it is compiled.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { rolldown } from 'rolldown'

const run = promisify(execFile)

/** Otherwise V8 makes it as large as the machine's memory suggests, and collects less often. */
const heap = ['--min-semi-space-size=16', '--max-semi-space-size=16', '--max-old-space-size=512']

/** Whether this machine can count at all. */
export async function canCount(): Promise<boolean> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return false
  return run('valgrind', ['--tool=none', process.execPath, '--jitless', '-e', '0']).then(
    () => true,
    () => false,
  )
}

export class Counter {
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
  }

  /** Node cannot strip types without a compiler, so the work is made JavaScript. */
  static async make(): Promise<Counter> {
    const folder = mkdtempSync(join(tmpdir(), 'headgate-instructions-'))
    const build = await rolldown({
      input: join(import.meta.dirname, 'work.ts'),
      platform: 'node',
      resolve: { conditionNames: ['@headgate/source', 'module', 'import', 'node'] },
      logLevel: 'silent',
    })
    await build.write({ dir: folder, format: 'esm', entryFileNames: 'work.mjs', chunkFileNames: '[name].mjs' })
    await build.close()
    return new Counter(folder)
  }

  /** `few` and `many` calls are made in processes of their own; the difference is what calls cost. */
  async perCall(work: string, few = 500, many = 2500): Promise<number> {
    // One after the other: tests run beside this.
    const less = await this.#all(work, few)
    return ((await this.#all(work, many)) - less) / (many - few)
  }

  async #all(work: string, calls: number): Promise<number> {
    const node = ['--jitless', '--single-threaded', '--predictable', '--hash-seed=1', '--random-seed=1', ...heap]
    const tool = ['--tool=cachegrind', '--cache-sim=no', '--cachegrind-out-file=/dev/null', '--smc-check=none']
    const file = join(this.#folder, 'work.mjs')
    const options = [...tool, process.execPath, ...node, file, work, String(calls)]
    const { stderr } = await run('valgrind', options, { maxBuffer: 2 ** 24 })
    const found = /I\s+refs:\s+([\d,]+)/.exec(stderr)?.[1]
    if (found === undefined) throw new Error(`valgrind counted nothing: ${stderr.slice(-500)}`)
    return Number(found.replaceAll(',', ''))
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true })
  }
}
