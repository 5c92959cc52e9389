/** `headgate check`: every problem of the files. It serves nothing and needs no secret. */

import { existsSync } from 'node:fs'
import { describeDiagnostic } from '@headgate/gateway-api'
import type { Diagnostic } from '@headgate/gateway-api'
import type { CheckCommand } from './arguments.ts'
import { errorText } from './error-text.ts'
import { load } from './load.ts'
import type { Loaded } from './load.ts'
import { plan } from './plan.ts'
import { missingVariables, withoutCredentials } from './secret-refs.ts'
import { SessionKey } from './session-key.ts'
import { tryGateway } from './serve-gateway.ts'
import { summarise, summaryText } from './summary.ts'
import { divideBounds } from './workers/divide-bounds.ts'

/** The exit code: 1 with errors. */
export async function check(command: CheckCommand, print: (text: string) => void): Promise<number> {
  const outcome = load(command.source, { toServe: false })
  const diagnostics = [...outcome.diagnostics]
  if (outcome.loaded !== undefined) {
    diagnostics.push(...planProblems(outcome.loaded, command))
    diagnostics.push(...missingSecrets(outcome.loaded, outcome.secretFiles, command.source.paths[0] ?? ''))
    diagnostics.push(...(await buildProblems(outcome.loaded, command.source.paths[0] ?? '')))
  }
  const summary = summarise(diagnostics, outcome.files)
  if (command.json) print(`${JSON.stringify({ summary, diagnostics }, undefined, 2)}\n`)
  else print([...diagnostics.map(describeDiagnostic), summaryText(summary), ''].join('\n'))
  return summary.errors > 0 ? 1 : 0
}

/** Names of listeners are checked where some are given: two Gateways may well want the same port until then. */
function planProblems(loaded: Loaded, command: CheckCommand): readonly Diagnostic[] {
  const keys = new SessionKey(command.sessionKey)
  if (command.listen.length > 0) return plan(loaded, { ...command, keys }).diagnostics
  const file = command.source.paths[0] ?? ''
  return [...keys.provide(loaded, file).notes, ...divideBounds(loaded.config, command.workers, file).notes]
}

/** Where files are checked the secrets often are not, so this is no error; `serve` does not start without them. */
function missingSecrets({ config }: Loaded, files: readonly string[], file: string): readonly Diagnostic[] {
  const missing = [
    ...missingVariables(config, process.env).map((name) => `the environment variable ${name} is not set`),
    ...files.filter((path) => !existsSync(path)).map((path) => `there is no file ${path}`),
  ]
  return missing.map((what) => ({
    severity: 'warning',
    code: 'secret-missing',
    file,
    line: 1,
    message: `${what}, and the gateway does not start without it`,
  }))
}

/** What only shows when the gateway is put together, such as a key function that no command line can register. */
async function buildProblems({ config, secrets }: Loaded, file: string): Promise<readonly Diagnostic[]> {
  try {
    await tryGateway({ config: withoutCredentials(config), secrets })
    return []
  } catch (error) {
    return [{ severity: 'error', code: 'not-servable', file, line: 1, message: errorText(error) }]
  }
}
