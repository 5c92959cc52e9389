/** What was loaded to what is served: names bound, bounds divided, sessions keyed. It reads and opens nothing. */

import type { Diagnostic } from '@headgate/gateway-api'
import type { SourceOptions } from './arguments.ts'
import { bindListeners } from './bind.ts'
import type { Loaded } from './load.ts'
import type { ListenOption } from './option-values.ts'
import type { Served } from './serve-gateway.ts'
import type { SessionKey } from './session-key.ts'
import { divideBounds } from './workers/divide-bounds.ts'

export interface Plan {
  /** Undefined where a name cannot be bound. */
  readonly served: Served | undefined
  readonly diagnostics: readonly Diagnostic[]
}

export interface PlanOptions {
  readonly source: SourceOptions
  readonly listen: readonly ListenOption[]
  readonly workers: number
  readonly keys: SessionKey
}

/** `isReload`: a listener that `--listen` names may have gone. */
export function plan(loaded: Loaded, { source, listen, workers, keys }: PlanOptions, isReload = false): Plan {
  const file = source.paths[0] ?? ''
  const keyed = keys.provide(loaded, file)
  const divided = divideBounds(keyed.config, workers, file)
  const { config } = divided
  const notes = [...keyed.notes, ...divided.notes]
  const result = bindListeners(loaded.listeners, config.listeners, listen, isReload)
  if ('problems' in result) {
    const problems = result.problems.map(commandLineError)
    return { served: undefined, diagnostics: [...notes, ...problems] }
  }
  const gone = result.absent.map(goneListener)
  return { served: { config, secrets: keyed.secrets, bind: result.bind }, diagnostics: [...notes, ...gone] }
}

function commandLineError(message: string): Diagnostic {
  return { severity: 'error', code: 'listen', file: 'command line', line: 1, message }
}

function goneListener(name: string): Diagnostic {
  const message = `--listen ${name}: the files declare no such listener now; it is opened when they do again`
  return { severity: 'warning', code: 'listen', file: 'command line', line: 1, message }
}
