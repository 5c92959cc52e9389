/** What was loaded to what is served: names bound, bounds divided, sessions keyed. It reads and opens nothing. */

import type { Diagnostic } from '@headgate/gateway-api'
import type { SourceOptions } from './arguments.ts'
import type { Bind } from './bind.ts'
import { bindListeners } from './bind.ts'
import type { Loaded } from './load.ts'
import { addressText } from './option-values.ts'
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

export function plan(loaded: Loaded, { source, listen, workers, keys }: PlanOptions): Plan {
  const file = source.paths[0] ?? ''
  const keyed = keys.provide(loaded, file)
  const divided = divideBounds(keyed.config, workers, file)
  const { config } = divided
  const notes = [...keyed.notes, ...divided.notes]
  const result = bindListeners(loaded.listeners, config.listeners, listen)
  if ('problems' in result) {
    const problems = result.problems.map(commandLineError)
    return { served: undefined, diagnostics: [...notes, ...problems] }
  }
  return { served: { config, secrets: keyed.secrets, bind: result.bind }, diagnostics: notes }
}

function commandLineError(message: string): Diagnostic {
  return { severity: 'error', code: 'listen', file: 'command line', line: 1, message }
}

/** What a reload cannot do, because sockets are opened at the start only: one sentence each. */
export function unboundChanges(bound: Bind, wanted: Bind): readonly string[] {
  const changes: string[] = []
  for (const [name, address] of wanted) {
    const now = bound.get(name)
    if (now === undefined) changes.push(`the listener ${name} is new: it is opened at the next start`)
    else if (addressText(now) !== addressText(address)) {
      changes.push(`the listener ${name} moves from ${addressText(now)} to ${addressText(address)} at the next start`)
    }
  }
  return changes
}
