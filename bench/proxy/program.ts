/** A program of the comparison in a process of its own, seen from the one that measures. It knows no HTTP. */
import { execFile, fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { isReply } from './messages.ts'
import type { Memory, Question } from './messages.ts'

/** Longest wait for an answer. */
const answerMs = 30_000
/** Characters of its error output that are kept. */
const lastSaid = 2000

export class Program {
  readonly name: string
  /** Where it listens, 0 for one that does not. */
  port = 0
  /** Options of Node for those that are started. By default this process's own: with them come sources of the packages, or what is built. */
  static execArgv: readonly string[] = process.execArgv
  static readonly #running = new Set<Program>()
  readonly #child: ChildProcess
  #said = ''

  private constructor(name: string, child: ChildProcess) {
    this.name = name
    this.#child = child
    // Some say a line for every caller that leaves: only the last of it is kept, for the case that the program ends.
    child.stderr?.on('data', (bytes: Buffer) => {
      this.#said = (this.#said + bytes.toString()).slice(-lastSaid)
    })
  }

  /** Resolves when it is ready. It is run by this very Node. */
  static async start(name: string, source: URL, ...options: string[]): Promise<Program> {
    const child = fork(source, options, {
      execArgv: [...Program.execArgv],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    const program = new Program(name, child)
    Program.#running.add(program)
    program.port = Number(await program.#answer())
    return program
  }

  /** Keeps all its threads to one processor. Needs `taskset` (util-linux). */
  async pin(processor: number): Promise<void> {
    await promisify(execFile)('taskset', ['-a', '-p', '-c', String(processor), String(this.#child.pid)])
  }

  /** Processor time since it was started, in µs. */
  async cpuMicros(): Promise<number> {
    return Number(await this.ask({ kind: 'cpu' }))
  }

  /** TCP connections that it has open, of both sides. */
  async sockets(): Promise<number> {
    return Number(await this.ask({ kind: 'sockets' }))
  }

  /** What it holds, after garbage was collected where `collect` is set. */
  async memory(collect: boolean): Promise<Memory> {
    return (await this.ask({ kind: 'memory', collect })) as Memory
  }

  /** One question at a time. Throws when the program fails, ends, or takes longer than 30 s. */
  async ask(question: Question): Promise<unknown> {
    this.#child.send(question)
    return await this.#answer()
  }

  /** Ends every program that was started. */
  static async stopAll(): Promise<void> {
    await Promise.all([...Program.#running].map((program) => program.stop()))
  }

  async stop(): Promise<void> {
    Program.#running.delete(this)
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await gone
  }

  async #answer(): Promise<unknown> {
    const patience = new AbortController()
    const { signal } = patience
    const timer = setTimeout(() => patience.abort(), answerMs)
    const ended = once(this.#child, 'exit', { signal }).then(([code]) => ({
      problem: `ended with ${String(code)} ${this.#said}`.trim(),
    }))
    try {
      const [message]: unknown[] = await Promise.race([
        once(this.#child, 'message', { signal }),
        ended.then((problem) => [problem]),
      ])
      if (!isReply(message)) throw new Error(`${this.name}: said ${JSON.stringify(message)}`)
      if ('problem' in message) throw new Error(`${this.name}: ${message.problem}`)
      return message.value
    } catch (error) {
      if (signal.aborted) throw new Error(`${this.name}: no answer within ${answerMs / 1000} s`, { cause: error })
      throw error
    } finally {
      clearTimeout(timer)
      ended.catch(() => {})
      patience.abort()
    }
  }
}
