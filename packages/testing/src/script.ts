/** What a scripted upstream does with one request, step by step. Knows no faults by name. */

import { Gate } from './gate.ts'
import type { ReceivedRequest } from './received-request.ts'
import type { Bytes, Wire } from './wire.ts'

/** Answers, or misuses, one request. It runs from the head of the request on; the connection stays open afterwards. */
export type Script = (request: ReceivedRequest, connection: Wire) => void | Promise<void>

/** Bytes to write as they are, a gate to wait at, or a script of its own. */
export type Step = Bytes | Gate | Script

/** Runs the steps one after the other, each when the one before is done; stops when the connection is over. */
export function steps(...sequence: readonly Step[]): Script {
  return async (request, connection) => {
    for (const step of sequence) {
      if (connection.ending !== undefined) return
      await Promise.race([runStep(step, request, connection), connection.closed])
    }
  }
}

/** Waits for the last byte of the request; a caller that expects `100 Continue` gets it first. */
export const wholeRequest: Script = async (request, connection) => {
  if (request.header('expect')?.toLowerCase() === '100-continue' && request.body.length === 0) {
    await connection.write('HTTP/1.1 100 Continue\r\n\r\n')
  }
  await request.settled
}

/** Ends the connection after what was written (FIN). */
export const fin: Script = (_request, connection) => connection.fin()

/** Resets the connection (RST). */
export const reset: Script = (_request, connection) => connection.reset()

/** Reads no further from the connection, so that an upload meets backpressure. */
export const stopReading: Script = (_request, connection) => connection.stopReading()

/** Reads on after `stopReading`. */
export const resumeReading: Script = (_request, connection) => connection.resumeReading()

/** Says nothing until the connection is over. */
export const silence: Script = async (_request, connection) => {
  await connection.closed
}

async function runStep(step: Step, request: ReceivedRequest, connection: Wire): Promise<void> {
  if (step instanceof Gate) await step.pass()
  else if (typeof step === 'function') await step(request, connection)
  else await connection.write(step)
}
