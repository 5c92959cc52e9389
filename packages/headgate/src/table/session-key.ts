/** The keyed digest that the values of sessions are made with. The key is read when the table is built and never printed. */

import { createHmac, createSecretKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { GatewayConfig } from '@headgate/config'
import type { KeyedDigest } from '@headgate/selector'
import { GatewayError } from '../errors.ts'
import type { Runtime } from '../runtime.ts'
import { readSecret } from './secrets.ts'
import type { SecretTexts } from './secrets.ts'

/** Shorter texts can be guessed. */
const leastCharacters = 32

/** Undefined where nothing keeps sessions. Throws GatewayError for a key that is missing or too short. */
export function sessionDigest(config: GatewayConfig, runtime: Runtime, secrets: SecretTexts): KeyedDigest | undefined {
  const key = config.sessionKey === undefined ? undefined : readKey(config.sessionKey, secrets)
  if (!keepsSessions(config)) return undefined
  const used = key ?? runtime.ownSessionKey()
  return (text) => createHmac('sha256', used).update(text).digest('base64url')
}

function keepsSessions({ backends, routes }: GatewayConfig): boolean {
  if (backends.some(({ session }) => session !== undefined)) return true
  return routes.some(({ rules }) => rules.some(({ session }) => session !== undefined))
}

function readKey(reference: NonNullable<GatewayConfig['sessionKey']>, secrets: SecretTexts): KeyObject {
  const text = readSecret(reference, secrets)
  if (typeof text !== 'string') throw new GatewayError('HEADGATE_SECRET', `sessionKey: ${text.problem}`)
  if (text.length < leastCharacters) {
    const found = `it has ${text.length} characters; expected at least ${leastCharacters}, such as those of openssl rand -base64 32`
    throw new GatewayError('HEADGATE_SECRET', `sessionKey: ${found}`)
  }
  return createSecretKey(text, 'utf8')
}
