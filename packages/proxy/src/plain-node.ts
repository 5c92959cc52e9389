// Tells Node's own streams from those that somebody made or changed: only of its own is it known who has the bytes that pass.

import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'

interface Method {
  readonly name: string
  /** Undefined where it is not Node's. */
  readonly own: unknown
}

const requestMethods = methodsOf(IncomingMessage.prototype, {
  emit: '[kErrorMonitor]',
  push: 'readableAddChunk',
  read: 'howMuchToRead(',
})
const responseMethods = methodsOf(ServerResponse.prototype, {
  write: ' write_(this, chunk',
  _send: '._writeRaw(',
  _writeRaw: '[kSocket]',
})
const socketMethods = methodsOf(Socket.prototype, {
  write: ' _write(this, chunk',
  _write: '._writeGeneric(false',
  _writev: '._writeGeneric(true',
  _writeGeneric: ' writevGeneric(this',
})
/** What writes for a socket. TLS has copied what it was given before it calls back. */
const handles = /^function (?:TCP|Pipe|TLSWrap)\(\) \{ \[native code\] \}$/
const knownHandles = new Set<unknown>()

/** A request of HTTP/1.1 whose bytes nobody else is shown. Its listeners are not looked at. */
export function isPlainRequest(source: Readable): boolean {
  return source.constructor === IncomingMessage && areOwn(source, requestMethods)
}

/** Its body is being read from the connection, by Node's own parser, which copies each part of it. */
export function isParsed(source: Readable): boolean {
  const parser = partOf(partOf(source, 'socket'), 'parser')
  return partOf(parser, 'incoming') === source
}

/** What is written to it goes to its socket, as of `isPlainSocket`, and to nobody else. False while it waits for its turn. */
export function isPlainResponse(response: ServerResponse): boolean {
  return response.constructor === ServerResponse && areOwn(response, responseMethods) && isPlainSocket(response.socket)
}

/** What is written to it goes to the kernel or to OpenSSL, and a write is called back without error once they have taken all of it. */
export function isPlainSocket(socket: unknown): boolean {
  return socket instanceof Socket && areOwn(socket, socketMethods) && isOwnHandle(partOf(socket, '_handle'))
}

/**
 * `inner` is in the text of Node's own: it calls what nobody else can call. Whoever was loaded before, and put something around it, is
 * told by that. Undefined equals no method, so nothing is plain any more.
 */
function methodsOf(prototype: object, inner: Readonly<Record<string, string>>): readonly Method[] {
  return Object.entries(inner).map(([name, call]) => {
    const method: unknown = Reflect.get(prototype, name)
    const isOwn = typeof method === 'function' && Function.prototype.toString.call(method).includes(call)
    return { name, own: isOwn ? method : undefined }
  })
}

function areOwn(stream: object, methods: readonly Method[]): boolean {
  for (const { name, own } of methods) if (own === undefined || Reflect.get(stream, name) !== own) return false
  return true
}

/** Others write in JavaScript, and may pass on what they are given. */
function isOwnHandle(handle: unknown): boolean {
  const made = partOf(handle, 'constructor')
  if (knownHandles.has(made)) return true
  if (typeof made !== 'function' || !handles.test(Function.prototype.toString.call(made))) return false
  knownHandles.add(made)
  return true
}

function partOf(whole: unknown, name: string): unknown {
  return typeof whole === 'object' && whole !== null ? Reflect.get(whole, name) : undefined
}
