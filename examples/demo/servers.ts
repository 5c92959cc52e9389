/** The three model servers: started, killed and brought back as real processes. */

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('model-server.ts', import.meta.url))

export class ModelServer {
  readonly name: string
  #child: ChildProcess | undefined
  #port = 0

  constructor(name: string) {
    this.name = name
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  get alive(): boolean {
    return this.#child !== undefined
  }

  /** Starts it, on the port that it had before if it ran already. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [program, this.name, String(this.#port)], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    })
    this.#child = child
    this.#port = await new Promise<number>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`model server ${this.name} ended with code ${code}`)))
      child.stdout?.on('data', (text: Buffer) => {
        const port = /^ready (\d+)/m.exec(text.toString())?.[1]
        if (port !== undefined) resolve(Number(port))
      })
    })
    child.removeAllListeners('exit')
  }

  /** SIGKILL: no goodbye on any of its connections. */
  async kill(): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    this.#child = undefined
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    child.kill('SIGKILL')
    await gone
  }

  /** How many chat completions it says that it has answered since it started. */
  async answered(): Promise<number> {
    const reply = await fetch(`${this.url}/__aimock/journal?path=/v1/chat/completions&limit=100000`)
    const entries: unknown = await reply.json()
    return Array.isArray(entries) ? entries.length : 0
  }
}
