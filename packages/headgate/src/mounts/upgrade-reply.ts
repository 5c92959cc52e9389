/** The reply to a WebSocket upgrade: an ordinary one, or 101 and then a tunnel (RFC 9110 section 7.8, RFC 6455). */

import { ServerResponse } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { upgradeReply } from '@headgate/proxy'
import type { Tunnel } from '@headgate/proxy'
import { NodeReply } from './node-reply.ts'

/** To read is the only way to learn that the caller has left; what it says before its time stays in the socket's buffer. */
function look(this: Socket): void {
  if (this.readableLength === 0) this.read()
}

/** Half a WebSocket is of no use to anybody: a caller that ends its side before the answer has left. */
function leave(this: Socket): void {
  this.destroy()
}

export class UpgradeReply extends NodeReply {
  readonly #response: ServerResponse
  readonly #socket: Socket
  readonly #firstBytes: Buffer
  #tunnelled = false

  private constructor(request: IncomingMessage, response: ServerResponse, socket: Socket, firstBytes: Buffer) {
    super(request, response)
    this.#response = response
    this.#socket = socket
    this.#firstBytes = firstBytes
  }

  /** Node gives the socket away with the request: an ordinary reply gets a response of its own on it, and ends it. */
  static on(request: IncomingMessage, socket: Socket, firstBytes: Buffer): UpgradeReply {
    const response = new ServerResponse(request)
    response.shouldKeepAlive = false
    response.assignSocket(socket)
    response.once('finish', () => socket.end())
    socket.on('error', () => {})
    socket.on('readable', look)
    socket.on('end', leave)
    return new UpgradeReply(request, response, socket, firstBytes)
  }

  /** The backend accepted: from here on the socket is the tunnel's. Throws where a field cannot be written. */
  upgrade(headers: readonly string[], tunnel: Tunnel): void {
    const head = upgradeReply(headers)
    this.#tunnelled = true
    this.#response.detachSocket(this.#socket)
    this.#socket.off('readable', look)
    this.#socket.off('end', leave)
    this.#socket.write(head)
    tunnel.join(this.#socket, this.#firstBytes)
  }

  override end(trailers: string[] | undefined): void {
    if (!this.#tunnelled) super.end(trailers)
  }

  override cut(lastBytes: string | undefined): void {
    if (this.#tunnelled) this.#socket.destroy()
    else super.cut(lastBytes)
  }
}
