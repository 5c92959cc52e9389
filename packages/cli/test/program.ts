/** Runs the program from its sources in a process of its own, for tests. */

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

/** What the first process compiled serves all others: they start in half the time. */
const compiled = join(import.meta.dirname, '../node_modules/.cache/compiled')

/** A log line as data. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly event: string; readonly msg: string }

export class Program {
  readonly process: ChildProcess
  /** Lines of stdout so far. */
  readonly output: string[] = []
  /** Log lines of stderr so far. */
  readonly log: LogLine[] = []
  /** Everything of stderr so far. */
  errors = ''
  /** The exit code, or the signal that ended it. */
  readonly exit: Promise<number | NodeJS.Signals>
  #waiting: (() => void)[] = []
  #over = false

  constructor(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.process = spawn(process.execPath, ['--conditions=@headgate/source', main, ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_COMPILE_CACHE: compiled, ...env },
    })
    this.#read(this.process.stdout, (line) => this.output.push(line))
    this.#read(this.process.stderr, (line) => {
      this.errors += `${line}\n`
      if (line.startsWith('{')) this.log.push(JSON.parse(line) as LogLine)
    })
    this.exit = new Promise((resolve) => {
      this.process.on('close', (code, signal) => {
        this.#over = true
        this.#wake()
        resolve(code ?? signal ?? 'SIGKILL')
      })
    })
  }

  /** Resolves with the address of each listener once it serves. */
  async ready(): Promise<Readonly<Record<string, string>>> {
    const line = await this.#until(() => this.output.find((text) => text.startsWith('ready')))
    return Object.fromEntries(
      line
        .split(' ')
        .slice(1)
        .map((pair) => pair.split('=')) as [string, string][],
    )
  }

  /** Resolves with the nth log line of an event, from 1. */
  event(name: string, nth = 1): Promise<LogLine> {
    return this.#until(() => this.log.filter(({ event }) => event === name)[nth - 1])
  }

  /** The process id of the nth worker that started, from 1. */
  async worker(nth: number): Promise<number> {
    const { pid } = await this.event('worker-started', nth)
    return pid as number
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill('SIGKILL')
    await this.exit
  }

  async #until<Found>(find: () => Found | undefined): Promise<Found> {
    for (;;) {
      const found = find()
      if (found !== undefined) return found
      if (this.#over) throw new Error(`the program is over: ${this.output.join('\n')}\n${this.errors}`)
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  #read(stream: NodeJS.ReadableStream | null, line: (text: string) => void): void {
    if (stream === null) return
    createInterface({ input: stream }).on('line', (text) => {
      line(text)
      this.#wake()
    })
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }
}

/** A folder that is gone at the end of the test. */
export function temporaryFolder(): { readonly path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), 'headgate-cli-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}
