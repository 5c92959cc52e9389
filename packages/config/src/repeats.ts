/**
 * What stands in a list twice though it can be there once: an endpoint, a field, a place on a port. Reads raw input and skips
 * what has not the right shape, so that these problems are told together with the schema's.
 */

import { endpointOrigin, endpointProblem } from './endpoint-url.ts'
import { quoted, shown } from './problems.ts'
import type { ProblemList } from './problems.ts'
import { child, items, text } from './raw-input.ts'
import type { Path } from './raw-input.ts'

/** `input` is a copy made by `plainCopy`. */
export function checkRepeats(input: unknown, problems: ProblemList): void {
  checkPorts(input, problems)
  for (const [backend, path] of items(input, 'backends', [])) {
    checkEndpoints(backend, path, problems)
    checkFieldsOnce(backend, path, problems)
  }
}

interface Socket {
  readonly protocol: string | undefined
  readonly index: number
  /** Index of the listener by its host name; that of every host is the empty text. */
  readonly hosts: Map<string, number>
}

/**
 * Listeners of one Gateway and port share a socket: it speaks one protocol, and the host tells them apart. The Gateway is what
 * stands before the last `/` of the name; several Gateways have addresses of their own.
 */
function checkPorts(input: unknown, problems: ProblemList): void {
  const sockets = new Map<string, Socket>()
  for (const [listener, path, index] of items(input, 'listeners', [])) {
    const port = child(listener, 'port')
    const protocol = text(listener, 'protocol')
    const host = text(listener, 'hostname') ?? ''
    if (typeof port !== 'number') continue
    const place = `${gatewayOf(child(listener, 'name'))} ${port}`
    const socket = sockets.get(place)
    if (socket === undefined) {
      sockets.set(place, { protocol, index, hosts: new Map([[host, index]]) })
      continue
    }
    if (protocol !== undefined && socket.protocol !== undefined && protocol !== socket.protocol) {
      const message = `the listener at index ${socket.index} has the same port with the protocol ${socket.protocol}`
      const expected = 'one protocol for a port'
      problems.add({ path: [...path, 'protocol'], value: shown(protocol), message, expected })
      continue
    }
    const other = socket.hosts.get(host)
    if (other === undefined) {
      socket.hosts.set(host, index)
      continue
    }
    const which = host === '' ? 'every host' : `the host ${quoted(host)}`
    const message = `the listener at index ${other} takes ${which} on port ${port} already`
    const expected = 'another hostname, or another port'
    problems.add({ path: [...path, 'hostname'], value: shown(child(listener, 'hostname')), message, expected })
  }
}

function checkEndpoints(backend: unknown, backendPath: Path, problems: ProblemList): void {
  const seen = new Set<string>()
  for (const [endpoint, path] of items(backend, 'endpoints', backendPath)) {
    const url = typeof endpoint === 'string' ? endpoint : text(endpoint, 'url')
    if (url === undefined || endpointProblem(url) !== undefined) continue
    const origin = endpointOrigin(url)
    const place = typeof endpoint === 'string' ? path : [...path, 'url']
    if (seen.has(origin)) {
      const message = `this backend has the endpoint ${quoted(origin)} already`
      problems.add({ path: place, value: shown(url), message, expected: 'each endpoint once' })
    }
    seen.add(origin)
  }
}

function checkFieldsOnce(backend: unknown, backendPath: Path, problems: ProblemList): void {
  const seen = new Set<string>()
  for (const [header, path] of items(backend, 'headers', backendPath)) {
    const field = text(header, 'name')?.toLowerCase()
    if (field === undefined) continue
    if (seen.has(field)) {
      const message = `this backend sets the field ${quoted(field)} already`
      problems.add({ path: [...path, 'name'], value: shown(field), message, expected: 'each field once' })
    }
    seen.add(field)
  }
}

function gatewayOf(name: unknown): string {
  return typeof name === 'string' ? name.slice(0, Math.max(0, name.lastIndexOf('/'))) : ''
}
