/** Runs one command to its end and shows what it printed only when it fails. */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'

const mostMs = 180_000

/** Throws when the command does not end with 0 within three minutes. Resolves to its standard output. */
export async function run(title: string, command: string, values: string[], { cwd }: { cwd: string }): Promise<string> {
  const began = performance.now()
  // No condition and no loader of the calling script may reach the consumer.
  const { NODE_OPTIONS: _, ...env } = process.env
  const child = spawn(command, values, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: mostMs })
  const ended = new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(code ?? signal))
  })
  const [output, errors, status] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  if (status !== 0)
    throw new Error(`${title}: ${[command, ...values].join(' ')} ended with ${status}\n${output}${errors}`)
  console.log(`${title}: ${((performance.now() - began) / 1000).toFixed(1)} s`)
  return output
}
