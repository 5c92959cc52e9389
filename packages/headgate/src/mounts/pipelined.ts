/** Requests of one connection that were sent before the replies to those in front of them. Knows no gateway. */

import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { watchConnection } from './upload-watch.ts'

/** Most that wait for their turn on one connection: one caller must not have more at work than others. */
export const mostPipelined = 100

const waiting = new WeakMap<Socket, number>()

/** Counts a response whose turn has not come. True above the bound: the connection is closed then. */
export function tooManyPipelined(socket: Socket, response: ServerResponse): boolean {
  // Before its turn a response has no socket.
  if (response.socket !== null) return false
  const count = (waiting.get(socket) ?? 0) + 1
  waiting.set(socket, count)
  // Node reads no further while much of what waits is written already.
  if (count === 1) watchConnection(socket)
  response.once('socket', () => waiting.set(socket, (waiting.get(socket) ?? 1) - 1))
  if (count <= mostPipelined) return false
  socket.destroy()
  return true
}
