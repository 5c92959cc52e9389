/** Requests of one connection that were sent before the replies to those in front of them. Knows no gateway. */

import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ReplyOwner } from '../reply.ts'
import { watchConnection } from './upload-watch.ts'

/** Above this many that wait for their turn the connection is closed: one caller must not have more at work than others. */
export const mostPipelined = 100

type Waiting = Map<ServerResponse, Pick<ReplyOwner, 'callerGone'>>

const waitingOf = new WeakMap<Socket, Waiting>()

/**
 * A response has no socket before its turn, and hears nothing when the connection closes. Tells `owner` then. Does nothing for
 * a response whose turn it is.
 */
export function watchPipelined(socket: Socket, response: ServerResponse, owner: Pick<ReplyOwner, 'callerGone'>): void {
  if (response.socket !== null) return
  if (socket.destroyed) return owner.callerGone()
  const waiting = waitingOf.get(socket) ?? startWaiting(socket)
  waiting.set(response, owner)
  response.once('socket', () => waiting.delete(response))
  if (waiting.size <= mostPipelined) return
  socket.destroy()
  owner.callerGone()
}

function startWaiting(socket: Socket): Waiting {
  const waiting: Waiting = new Map()
  waitingOf.set(socket, waiting)
  socket.once('close', () => {
    for (const owner of waiting.values()) owner.callerGone()
    waiting.clear()
  })
  // Node reads no further while much of what waits is written already.
  watchConnection(socket)
  return waiting
}
