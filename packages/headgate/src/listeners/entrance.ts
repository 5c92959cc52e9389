/** One bound address: a TCP or TLS server that tells HTTP/1.1 from HTTP/2 and hands connections to the servers behind it. */

import type { EventEmitter } from 'node:events'
import type { ServerHttp2Session } from 'node:http2'
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { HttpServers } from './serve-http.ts'
import type { Door } from './door.ts'

/** Beginning of the HTTP/2 connection preface (RFC 9113 section 3.4). */
const preface = Buffer.from('PRI * HTTP/2.0\r\n')
/** A connection that says nothing is closed after this time. */
const silentMs = 60_000
/** Time for the first line of the preface once it has begun; callers of HTTP/2 send it in one piece. */
const prefaceMs = 5000
const handshakeMs = 10_000
/** Bytes of a reply that may wait here for its reader before the backend has to wait. */
const highWaterMark = 16 * 1024
/** Time between two looks at connections that had something to send. */
const lookMs = 20

export interface BindAddress {
  readonly host: string
  readonly port: number
}

export class Entrance {
  readonly #server: Server
  readonly #servers: HttpServers
  readonly #sockets = new Set<Socket>()
  readonly #http1 = new Set<Socket>()
  readonly #http2 = new Set<ServerHttp2Session>()
  #look: NodeJS.Timeout | undefined

  private constructor(server: Server, servers: HttpServers) {
    this.#server = server
    this.#servers = servers
    server.on('connection', (socket: Socket) => {
      socket.on('error', () => {})
      keep(this.#sockets, socket)
    })
    servers.http1.on('connection', (socket: Socket) => keep(this.#http1, socket))
    servers.http2.on('session', (session) => keep(this.#http2, session))
  }

  static plain(servers: HttpServers): Entrance {
    const server = createServer({ allowHalfOpen: true, noDelay: true, highWaterMark }, (socket) =>
      tellApart(socket, servers),
    )
    return new Entrance(server, servers)
  }

  static secure(servers: HttpServers, door: Door): Entrance {
    const first = door.certificate('')
    const server = createTlsServer(
      {
        allowHalfOpen: true,
        ALPNProtocols: ['h2', 'http/1.1'],
        ...(first === undefined ? {} : { cert: first.certificate, key: first.key }),
        SNICallback: (name, done) => done(null, door.certificate(name)?.context),
        handshakeTimeout: handshakeMs,
      },
      (socket) => {
        if (socket.alpnProtocol === 'h2') toHttp2(socket, servers)
        else servers.http1.emit('connection', socket)
      },
    )
    // Who asks for no name is shown the server's own certificate: it follows reloads too.
    let shown = first
    server.prependListener('connection', () => {
      const current = door.certificate('')
      if (current === undefined || current === shown) return
      shown = current
      server.setSecureContext({ cert: current.certificate, key: current.key })
    })
    return new Entrance(server, servers)
  }

  async listen({ host, port }: BindAddress): Promise<BindAddress> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject)
        resolve()
      })
    })
    const bound = this.#server.address() as AddressInfo
    return { host: bound.address, port: bound.port }
  }

  /** Takes no new connection and no new stream, and ends connections that serve nobody, now and as they come to it. */
  stop(): void {
    this.#server.close()
    for (const session of this.#http2) session.close()
    for (const socket of this.#servers.unasked) socket.destroy()
    this.#dropSilent()
    this.#closeIdle()
    this.#look ??= setInterval(() => this.#closeIdle(), lookMs)
  }

  /** Lets what was written reach its readers, then drops what is left; at the latest after `limitMs`. */
  async finish(limitMs: number): Promise<void> {
    const limit = setTimeout(() => this.drop(), limitMs)
    this.#closeIdle()
    await Promise.all([...this.#http1, ...this.#http2].map(closed))
    clearTimeout(limit)
    this.drop()
  }

  /** Drops every connection that is left. */
  drop(): void {
    clearInterval(this.#look)
    for (const session of this.#http2) session.destroy()
    for (const socket of this.#http1) socket.destroy()
    for (const socket of this.#sockets) socket.destroy()
    // They never listened: this ends their watches.
    this.#servers.http1.close(() => {})
    this.#servers.http2.close(() => {})
  }

  /** Those that neither server has: they said nothing, or have not agreed on TLS. */
  #dropSilent(): void {
    const served = new Set<string>()
    for (const socket of this.#http1) served.add(peerOf(socket))
    // A session that is over has no socket any more.
    for (const session of this.#http2) if (!session.destroyed) served.add(peerOf(session.socket))
    for (const socket of this.#sockets) if (!served.has(peerOf(socket))) socket.destroy()
  }

  /** Node also drops the unsent end of a reply with a connection that it calls idle: not while there is one. */
  #closeIdle(): void {
    for (const { writableLength } of this.#http1) if (writableLength > 0) return
    this.#servers.http1.closeIdleConnections()
  }
}

function keep<T extends EventEmitter>(open: Set<T>, connection: T): void {
  open.add(connection)
  connection.once('close', () => open.delete(connection))
}

/** The same for a TCP socket and for the TLS socket or session on it. */
function peerOf({ remoteAddress, remotePort }: Pick<Socket, 'remoteAddress' | 'remotePort'>): string {
  return `${remoteAddress} ${remotePort}`
}

function closed(connection: EventEmitter): Promise<void> {
  return new Promise((resolve) => connection.once('close', () => resolve()))
}

/** HTTP/2 in clear text is by prior knowledge only: its first bytes tell (RFC 9113 section 3.3). */
function tellApart(socket: Socket, servers: HttpServers): void {
  let seen: Buffer = Buffer.alloc(0)
  // Not the socket's own timeout: each byte would start it again.
  let timer = setTimeout(() => socket.destroy(), silentMs)
  socket.once('close', () => clearTimeout(timer))
  const look = (chunk: Buffer): void => {
    const begins = seen.length === 0
    seen = begins ? chunk : Buffer.concat([seen, chunk])
    const length = Math.min(seen.length, preface.length)
    const maybeHttp2 = seen.subarray(0, length).equals(preface.subarray(0, length))
    if (maybeHttp2 && length < preface.length) {
      if (!begins) return
      clearTimeout(timer)
      timer = setTimeout(() => socket.destroy(), prefaceMs)
      return
    }
    socket.off('data', look)
    socket.off('end', leave)
    socket.pause()
    clearTimeout(timer)
    socket.unshift(seen)
    if (maybeHttp2) toHttp2(socket, servers)
    else servers.http1.emit('connection', socket)
    process.nextTick(() => socket.resume())
  }
  const leave = (): void => {
    socket.destroy()
  }
  socket.on('data', look)
  socket.once('end', leave)
}

/** A caller that ends its side has left: an HTTP/2 session would wait for ever on a half-open socket. */
function toHttp2(socket: Socket, servers: HttpServers): void {
  socket.allowHalfOpen = false
  servers.http2.emit('connection', socket)
}
