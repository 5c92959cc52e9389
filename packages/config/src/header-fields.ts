/** Which header fields may a config name and set? RFC 9110 syntax, and the fields that belong to one connection. It knows no filters. */

/** RFC 9110 section 5.6.2. */
export const tokenPattern: RegExp = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/** RFC 9110 section 5.5: visible characters, space, tab and obs-text. CR, LF and NUL end or split a head. */
export const fieldValuePattern: RegExp = /^[\t\x20-\x7e\x80-\xff]*$/

const hopByHop = 'it belongs to one connection and is written anew for each (RFC 9110, section 7.6.1)'
const framing = 'it says where the message ends, which only the sender of the bytes knows'

/** Fields that no filter may set, add or remove, each with the reason. */
const reserved: ReadonlyMap<string, string> = new Map([
  ['connection', hopByHop],
  ['keep-alive', hopByHop],
  ['proxy-connection', hopByHop],
  ['proxy-authenticate', hopByHop],
  ['proxy-authorization', hopByHop],
  ['te', hopByHop],
  ['trailer', hopByHop],
  ['upgrade', hopByHop],
  ['http2-settings', hopByHop],
  ['expect', 'the gateway answers it itself, before the body is read'],
  ['transfer-encoding', framing],
  ['content-length', framing],
])

export type FieldAction = 'set' | 'add' | 'remove'

/** Why this field must be left alone, or `undefined`. `Host` may be set on a request (hosted APIs want their own name there), never doubled or removed. */
export function reservedFieldProblem(
  name: string,
  message: 'request' | 'response',
  action: FieldAction,
): string | undefined {
  const lower = name.toLowerCase()
  const reason = reserved.get(lower)
  if (reason !== undefined) return `the field ${lower} cannot be changed: ${reason}`
  if (lower !== 'host') return undefined
  if (message === 'response') return 'the field host has no meaning in a response'
  if (action === 'set') return undefined
  return `the field host can be set, but not ${action === 'add' ? 'added to' : 'removed'}: a request has exactly one`
}

/** `host` or `host:port` without credentials, path or blanks, as the field `Host` carries it. */
export function isHostValue(value: string): boolean {
  return /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._~-]+)(:[0-9]{1,5})?$/.test(value)
}
