/** The key that sessions are told by: that of the files or of the command line, or one made here. It reads no key. */

import { randomBytes } from 'node:crypto'
import type { GatewayConfig, SecretRef } from '@headgate/config'
import type { Diagnostic } from '@headgate/gateway-api'

/** What of a gateway a key is given to. */
interface Keyed {
  readonly config: GatewayConfig
  readonly secrets: ReadonlyMap<string, string>
}

export interface KeyedGateway extends Keyed {
  readonly notes: readonly Diagnostic[]
}

/** No Secret has this name: `.` is no namespace. */
const madeKey = './session/key'

/**
 * One for the whole run: made in the process that reads the files, it is the same in every worker and after every reload.
 * `given` is the command line's, and goes before the one in the files.
 */
export class SessionKey {
  readonly #given: SecretRef | undefined
  #made: string | undefined

  constructor(given: SecretRef | undefined) {
    this.#given = given
  }

  /** `file` is named in the note on a key that was made. */
  provide({ config, secrets }: Keyed, file: string): KeyedGateway {
    if (!keepsSessions(config)) return { config, secrets, notes: [] }
    const sessionKey = this.#given ?? config.sessionKey
    if (sessionKey !== undefined) return { config: { ...config, sessionKey }, secrets, notes: [] }
    this.#made ??= randomBytes(32).toString('base64url')
    return {
      config: { ...config, sessionKey: { secret: madeKey } },
      secrets: new Map([...secrets, [madeKey, this.#made]]),
      notes: [
        {
          severity: 'warning',
          code: 'session-key',
          file,
          line: 1,
          message: 'sessions are kept and no key is given: they end with this program, and no other machine knows them',
          hint: 'give --session-key env:NAME or file:PATH, at least 32 characters',
        },
      ],
    }
  }
}

function keepsSessions({ backends, routes }: GatewayConfig): boolean {
  const rules = routes.flatMap((route) => route.rules)
  return [...backends, ...rules].some(({ session }) => session !== undefined)
}
