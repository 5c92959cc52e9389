/** Programs of a real Prometheus, where the machine has them. */

import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

function has(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0
}

export const found: boolean = has('promtool') && has('prometheus')

if (!found) {
  const how = 'apt-get install -y --no-install-recommends prometheus'
  const what = 'SKIPPED: the tests against a real Prometheus need `prometheus` and `promtool`'
  if (process.env['HEADGATE_REQUIRE_REAL'] === '1') throw new Error(`${what}: ${how}`)
  console.warn(`${what}: ${how}`)
}

export interface Folder {
  readonly path: string
  /** The path of the file. */
  write(name: string, text: string): string
  [Symbol.dispose](): void
}

export function temporaryFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'headgate-prometheus-'))
  return {
    path,
    write(name, text) {
      writeFileSync(join(path, name), text)
      return join(path, name)
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
}

export interface Verdict {
  readonly status: number | null
  /** What it said, on both streams, without empty lines. */
  readonly lines: readonly string[]
}

export function promtool(words: readonly string[], input = ''): Verdict {
  const { status, stdout, stderr } = spawnSync('promtool', words, { input, encoding: 'utf8' })
  return { status, lines: `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '') }
}

export interface RunningPrometheus {
  readonly url: string
  /** The first value of each series of the answer, by the value of `label`. */
  query(expr: string, label?: string): Promise<ReadonlyMap<string, number>>
  [Symbol.asyncDispose](): Promise<void>
}

interface Answer {
  readonly status: string
  readonly error?: string
  readonly data: {
    readonly result: readonly { readonly metric: Record<string, string>; readonly value: [number, string] }[]
  }
}

/** Starts one on a free port. Resolves when it listens. */
export async function startPrometheus(
  folder: Folder,
  config: string,
  ...options: string[]
): Promise<RunningPrometheus> {
  const file = folder.write('prometheus.yml', config)
  const child = spawn('prometheus', [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(folder.path, 'data')}`,
    '--web.listen-address=127.0.0.1:0',
    ...options,
  ])
  const said: string[] = []
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      said.push(line)
      const address = /msg="Listening on" address=(\S+)/.exec(line)?.[1]
      if (address !== undefined) resolve(`http://${address}`)
    })
    child.once('close', () => reject(new Error(`prometheus ended:\n${said.join('\n')}`)))
  })
  return {
    url,
    async query(expr, label = '') {
      const reply = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expr)}`)
      const { status, error, data } = (await reply.json()) as Answer
      if (status !== 'success') throw new Error(`${expr}: ${error}`)
      return new Map(data.result.map(({ metric, value }) => [metric[label] ?? '', Number(value[1])]))
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await gone
    },
  }
}
