// Opens the socket of a connection to an endpoint, in clear text or over TLS. It knows names and certificates, and no HTTP.

import { connect as connectTcp, isIP, type OnReadOpts, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** How a connection to an https endpoint checks whom it talks to. */
export interface EndpointTls {
  /** PEM certificates of the authorities to trust instead of the built-in ones. */
  readonly ca?: string | Buffer | readonly (string | Buffer)[]
  /** Name for SNI and for the certificate. Default the host of the URL; never taken from a request. */
  readonly servername?: string
  /** `false` accepts any certificate. Default true. */
  readonly rejectUnauthorized?: boolean
}

/** What all connections of an endpoint share. */
export interface ConnectionTarget {
  readonly origin: string
  readonly hostname: string
  readonly port: number
  readonly tls: EndpointTls | undefined
  readonly maxHeaderBytes: number
  /** The last TLS session, to be resumed by the next connection. */
  session: Buffer | undefined
}

/**
 * Bytes of a reply that wait here, besides the one read that the last of them came with (64 KiB in Node): a caller that does not read
 * must not hold more for each of its requests.
 */
const readableHighWaterMark = 16 * 1024

/**
 * `protocol` is the only one that TLS offers (ALPN). With `onread` bytes are handed over in its buffer, and no `data` is emitted.
 */
export function openSocket(target: ConnectionTarget, protocol: 'http/1.1' | 'h2', onread?: OnReadOpts): Socket {
  const place = {
    host: target.hostname,
    port: target.port,
    readableHighWaterMark,
    ...(onread === undefined ? {} : { onread }),
  }
  const socket = target.tls === undefined ? connectTcp(place) : secure(target, target.tls, protocol, onread)
  return socket.setNoDelay(true).setKeepAlive(true, 60_000)
}

/** Calls back once: when the connection (and TLS) is there, or with the reason why it is not. */
export function whenOpen(socket: Socket, target: ConnectionTarget, done: (error: Error | null) => void): void {
  let waiting = true
  const settle = (error: Error | null): void => {
    if (!waiting) return
    waiting = false
    done(error)
  }
  socket.once(target.tls === undefined ? 'connect' : 'secureConnect', () => settle(null))
  socket.on('error', settle)
  socket.once('close', () => settle(new Error('the connection was closed before it was open')))
}

function secure(target: ConnectionTarget, tls: EndpointTls, protocol: string, onread: OnReadOpts | undefined): Socket {
  const servername = tls.servername ?? (isIP(target.hostname) === 0 ? target.hostname : undefined)
  const socket = connectTls({
    host: target.hostname,
    port: target.port,
    ALPNProtocols: [protocol],
    ...(onread === undefined ? {} : { onread }),
    ...(servername === undefined ? {} : { servername }),
    ...(tls.ca === undefined
      ? {}
      : { ca: typeof tls.ca === 'string' || Buffer.isBuffer(tls.ca) ? tls.ca : [...tls.ca] }),
    ...(tls.rejectUnauthorized === undefined ? {} : { rejectUnauthorized: tls.rejectUnauthorized }),
    ...(target.session === undefined ? {} : { session: target.session }),
  })
  socket.on('session', (session) => {
    target.session = session
  })
  return socket
}
