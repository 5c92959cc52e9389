/** Values of options: text to data, or a UsageError that says what would be accepted. It reads no files. */

import { parseDuration } from '@headgate/config'
import type { SecretRef } from '@headgate/config'
import { UsageError } from './usage-error.ts'

/** Where a socket is opened. Port 0 takes any free one. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** `--listen NAME=HOST:PORT`. */
export interface ListenOption {
  readonly name: string
  readonly address: Address
}

/** What `explain` is asked about. */
export interface RequestOption {
  readonly method: string
  /** Path with query, or an absolute URL. */
  readonly target: string
}

/** More processes than any machine has use for; a slip of the finger must not fork thousands. */
const maxWorkers = 512

const maxPort = 65_535

export function parseListen(text: string): ListenOption {
  const refuse = (): never => {
    throw new UsageError(`--listen ${quote(text)}: expected NAME=HOST:PORT, such as http=127.0.0.1:8080`)
  }
  const at = text.indexOf('=')
  const name = text.slice(0, at)
  const address = parseAddress(text.slice(at + 1))
  return at < 1 || address === undefined ? refuse() : { name, address }
}

/** `127.0.0.1:8080`, `localhost:8080` or `[::1]:8080`. */
export function parseAddress(text: string): Address | undefined {
  const found = /^(?:\[([\da-f:.%]+)\]|([a-z\d](?:[a-z\d.-]*[a-z\d])?)):(\d{1,5})$/i.exec(text)
  const host = found?.[1] ?? found?.[2]
  const port = Number(found?.[3])
  return host === undefined || port > maxPort ? undefined : { host, port }
}

/** The way back, with brackets around IPv6. */
export function addressText({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** `--metrics HOST:PORT`. */
export function parseMetricsAddress(text: string): Address {
  const address = parseAddress(text)
  if (address !== undefined) return address
  throw new UsageError(`--metrics ${quote(text)}: expected HOST:PORT, such as 127.0.0.1:9090`)
}

/** What the names of metrics begin with. As `checkedPrefix` of @headgate/prometheus, which is loaded only where it is needed. */
export function parsePrefix(text = 'headgate'): string {
  if (/^[a-zA-Z_][a-zA-Z0-9_]{0,63}$/.test(text)) return text
  throw new UsageError(`--metrics-prefix ${quote(text)}: expected letters, digits and _, not a digit first`)
}

/** `--resolve SERVICE.NAMESPACE:PORT=URL`: all URLs of one name, in the order given. */
export function parseResolves(texts: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const urls = new Map<string, string[]>()
  for (const text of texts) {
    const at = text.indexOf('=')
    const name = text.slice(0, at)
    const url = text.slice(at + 1)
    const port = Number(/^[a-z\d](?:[a-z\d.-]*[a-z\d])?\.[a-z\d](?:[a-z\d-]*[a-z\d])?:(\d{1,5})$/.exec(name)?.[1])
    if (at < 0 || !(port >= 1 && port <= maxPort) || !isOrigin(url)) {
      throw new UsageError(
        `--resolve ${quote(text)}: expected SERVICE.NAMESPACE:PORT=URL, such as chat.default:8000=http://127.0.0.1:8000, the URL without path`,
      )
    }
    const known = urls.get(name)
    if (known === undefined) urls.set(name, [url])
    else known.push(url)
  }
  return urls
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text)
  if (url === null || !/^https?:\/\//i.test(text)) return false
  return url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '' && url.password === ''
}

export function parseWorkers(text: string): number {
  const count = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (count >= 1 && count <= maxWorkers) return count
  throw new UsageError(`--workers ${quote(text)}: expected a number from 1 to ${maxWorkers}`)
}

/** A duration such as `30s`, in ms. */
export function parseDrain(text: string): number {
  const drainMs = parseDuration(text)
  if (drainMs !== undefined) return drainMs
  throw new UsageError(`--drain ${quote(text)}: expected a duration such as 500ms, 30s or 5m`)
}

/** `env:NAME` or `file:PATH`; undefined for none. The value itself is no option: every process of the machine could read it. */
export function parseSessionKey(text: string | undefined): SecretRef | undefined {
  if (text === undefined) return undefined
  const [, kind, place = ''] = /^(env|file):(.+)$/s.exec(text) ?? []
  if (kind === 'env' && !place.includes('=')) return { env: place }
  if (kind === 'file') return { file: place }
  throw new UsageError('--session-key: expected env:NAME or file:PATH, where the key is')
}

/** One of a few words; the first is the default. */
export function parseWord<Word extends string>(option: string, text: string | undefined, words: readonly Word[]): Word {
  const found = text === undefined ? words[0] : words.find((word) => word === text)
  if (found !== undefined) return found
  throw new UsageError(`--${option} ${quote(text ?? '')}: expected ${words.join(', ')}`)
}

/** `POST http://host/path`, `/path`, `GET /path?a=b`. */
export function parseRequest(text: string): RequestOption {
  const found = /^(?:([!#$%&'*+.^_`|~\w-]+) +)?((?:https?:\/\/[^\s/?#]|\/)\S*)$/i.exec(text.trim())
  if (found?.[2] === undefined) {
    throw new UsageError(`--request ${quote(text)}: expected METHOD and URL or path, such as 'POST http://host/path'`)
  }
  return { method: found[1] ?? 'GET', target: found[2] }
}

/** `-H 'name: value'`, several of one name as a list. */
export function parseHeaders(texts: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const headers = Object.create(null) as Record<string, string[]>
  for (const text of texts) {
    const found = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*([^\0\r\n]*?)[ \t]*$/.exec(text)
    if (found?.[1] === undefined) throw new UsageError(`-H ${quote(text)}: expected 'name: value'`)
    ;(headers[found[1].toLowerCase()] ??= []).push(found[2] ?? '')
  }
  return headers
}

function quote(text: string): string {
  return JSON.stringify(text.length <= 120 ? text : `${text.slice(0, 120)}…`)
}
