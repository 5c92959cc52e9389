// What the heads of an upgrade say, on both sides of a tunnel (RFC 9110, 7.8; RFC 6455, 4). It knows fields and no connection.

import { validateHeaderName, validateHeaderValue } from 'node:http'
import { isHopByHop, sameName } from './field-names.ts'

/**
 * What the caller asks for: nothing, a WebSocket, or something else, which is to be refused or ignored (`h2c` among it). `raw` is the
 * flat array as received. `Upgrade` counts only where `Connection` names it.
 */
export function requestedUpgrade(raw: readonly string[]): 'none' | 'websocket' | 'other' {
  const tokens: string[] = []
  let connected = false
  for (let index = 0; index + 1 < raw.length; index += 2) {
    if (sameName(raw[index]!, 'upgrade')) tokens.push(...listOf(raw[index + 1]!))
    else if (sameName(raw[index]!, 'connection')) connected ||= listOf(raw[index + 1]!).includes('upgrade')
  }
  if (!connected || tokens.length === 0) return 'none'
  return tokens.length === 1 && tokens[0] === 'websocket' ? 'websocket' : 'other'
}

/** True when a 101 switches to WebSocket and to nothing else. `raw` is the flat array as received. */
export function isWebSocketReply(raw: readonly (Buffer | string)[]): boolean {
  const fields = raw.map((field) => (typeof field === 'string' ? field : field.toString('latin1')))
  return requestedUpgrade(fields) === 'websocket'
}

/**
 * The head of the 101 for the caller, as bytes: node:http gives away the socket of an upgrade and writes no reply itself. `headers` is what
 * `attemptUpgraded` got, after filters; what frames a message or belongs to one hop is left out. Throws Node's own TypeError for a name or a value that cannot be written.
 */
export function upgradeReply(headers: readonly string[]): Buffer {
  let head = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n'
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index]!
    const value = headers[index + 1]!
    if (isHopByHop(name.toLowerCase()) || sameName(name, 'content-length')) continue
    validateHeaderName(name)
    validateHeaderValue(name, value)
    head += `${name}: ${value}\r\n`
  }
  return Buffer.from(`${head}\r\n`, 'latin1')
}

function listOf(value: string): string[] {
  return value
    .toLowerCase()
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}
