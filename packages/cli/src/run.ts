/** One command line to one exit code: 0 done, 1 the files have errors, 2 the command line has one. */

import { createRequire } from 'node:module'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseCommand } from './arguments.ts'
import type { Command } from './arguments.ts'
import { UsageError } from './usage-error.ts'
import { usage } from './usage.ts'

export interface RunOptions {
  /** What `process.stdout.write` is. */
  readonly print: (text: string) => void
  /** What `process.stderr.write` is. Logs of `serve` go to stderr of the process itself. */
  readonly complain: (text: string) => void
}

/** The file that `serve --workers` runs in each worker; it lies beside this one, as source and as built. */
const entry = fileURLToPath(new URL(`./main${extname(import.meta.url)}`, import.meta.url))

/** Runs the words after the program's name. `serve` takes over the signals of the process and resolves when it has ended. */
export async function run(words: readonly string[], options: RunOptions): Promise<number> {
  let command: Command
  try {
    command = parseCommand(words)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    options.complain(`headgate: ${error.message}\nheadgate --help says more\n`)
    return 2
  }
  return execute(command, options)
}

/** Each command is loaded when it is asked for: a check needs neither the log nor the workers. */
async function execute(command: Command, { print, complain }: RunOptions): Promise<number> {
  switch (command.command) {
    case 'help':
      print(usage(command.about))
      return 0
    case 'version':
      print(`${version()}\n`)
      return 0
    case 'serve': {
      const { serve } = await import('./serve.ts')
      return serve(command, print, entry)
    }
    case 'check': {
      const { check } = await import('./check.ts')
      return check(command, print)
    }
    case 'explain': {
      const { explain } = await import('./explain.ts')
      return explain(command, print, complain)
    }
    case 'export': {
      if (command.source === undefined) {
        const { exportMonitoring } = await import('./metrics/export-monitoring.ts')
        return exportMonitoring(command, print)
      }
      const { exportFiles } = await import('./export.ts')
      return exportFiles(command, print, complain)
    }
  }
}

function version(): string {
  const manifest = createRequire(import.meta.url)('../package.json') as { readonly version: string }
  return manifest.version
}
