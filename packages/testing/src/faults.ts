/** The ways in which a model server misbehaves, by name. Knows nothing of who has to bear them. */

import type { Gate } from './gate.ts'
import { chunk, event, head, lastChunk } from './replies.ts'
import { fin, reset, type Script, silence, steps, stopReading, wholeRequest } from './script.ts'

/** Scripts by the name of the fault, for tables of tests. */
export type Faults = Readonly<Record<string, Script>>

const body = '{"partial":true}'
const jsonHead = (...lines: readonly (readonly [string, string])[]): string =>
  head(200, [['content-type', 'application/json'], ...lines])
const sseHead = head(200, [
  ['content-type', 'text/event-stream'],
  ['transfer-encoding', 'chunked'],
])
const half = body.slice(0, 8)
const tooLong = ['content-length', String(body.length + 100)] as const
const exact = ['content-length', String(body.length)] as const
const chunkedLine = ['transfer-encoding', 'chunked'] as const

/** Nothing of a reply was seen before the connection ended, or what was seen is no HTTP: the caller may be told 502. */
export const faultsBeforeReply: Faults = {
  'reset before the reply': steps(wholeRequest, reset),
  'close before the reply': steps(wholeRequest, fin),
  'close in the status line': steps(wholeRequest, 'HTTP/1.1 20', fin),
  'reset in the head': steps(wholeRequest, 'HTTP/1.1 200 OK\r\ncontent-type: appl', reset),
  'status line without a version': steps(wholeRequest, `200 OK\r\ncontent-length: 2\r\n\r\n{}`),
  'status of four digits': steps(wholeRequest, 'HTTP/1.1 2000 OK\r\ncontent-length: 2\r\n\r\n{}'),
  'status that is no number': steps(wholeRequest, 'HTTP/1.1 abc OK\r\ncontent-length: 2\r\n\r\n{}'),
  'header line without a colon': steps(wholeRequest, `HTTP/1.1 200 OK\r\nno colon here\r\ncontent-length: 2\r\n\r\n{}`),
  'space before the colon': steps(wholeRequest, `HTTP/1.1 200 OK\r\nx-a : b\r\ncontent-length: 2\r\n\r\n{}`),
  'NUL in a header value': steps(wholeRequest, `HTTP/1.1 200 OK\r\nx-a: b\u0000c\r\ncontent-length: 2\r\n\r\n{}`),
  'two different content-lengths': steps(wholeRequest, jsonHead(exact, ['content-length', '4']), body),
  'negative content-length': steps(wholeRequest, jsonHead(['content-length', '-5']), body),
  'unknown transfer coding': steps(wholeRequest, jsonHead(['transfer-encoding', 'cowbell']), body, fin),
  'unasked 101': steps(
    wholeRequest,
    head(101, [
      ['upgrade', 'websocket'],
      ['connection', 'upgrade'],
    ]),
    'not http',
  ),
  'head without an end': steps(wholeRequest, `HTTP/1.1 200 OK\r\nx-long: ${'a'.repeat(256 * 1024)}`, silence),
  'not HTTP at all': steps(wholeRequest, 'SSH-2.0-OpenSSH_9.6\r\n', silence),
}

/** The head is fine and the body breaks: whoever got the head must see that the reply is not whole. */
export const faultsInBody: Faults = {
  'reset after the head': steps(wholeRequest, jsonHead(exact), reset),
  'close after the head': steps(wholeRequest, jsonHead(exact), fin),
  'reset in a body with a length': steps(wholeRequest, jsonHead(exact), half, reset),
  'close short of the content-length': steps(wholeRequest, jsonHead(tooLong), body, fin),
  'reset in a chunked body': steps(wholeRequest, jsonHead(chunkedLine), chunk(half), reset),
  'close without the last chunk': steps(wholeRequest, jsonHead(chunkedLine), chunk(body), fin),
  'close in a chunk': steps(wholeRequest, jsonHead(chunkedLine), `64\r\n${body}`, fin),
  'chunk size that is no number': steps(wholeRequest, jsonHead(chunkedLine), chunk(half), 'xyz\r\nabc\r\n', fin),
  'chunk longer than its size': steps(wholeRequest, jsonHead(chunkedLine), `4\r\n${body}\r\n`, lastChunk(), fin),
  'reset in a body ended by close': steps(wholeRequest, jsonHead(['connection', 'close']), half, reset),
  'reset in an event stream': steps(wholeRequest, sseHead, chunk(event({ n: 1 })), reset),
  'close in an event stream': steps(wholeRequest, sseHead, chunk(event({ n: 1 })), fin),
}

/** A whole reply with something that belongs to nobody: the reply is good, the connection must not be used again. */
export const faultsAfterReply: Faults = {
  'two replies': steps(wholeRequest, jsonHead(exact), body, jsonHead(exact), '{"second":true} '),
  'bytes after the announced end': steps(wholeRequest, jsonHead(exact), `${body}surplus`),
  'a body with 204': steps(wholeRequest, head(204), 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nstray'),
}

/** `count` interim replies (1xx) in a row, then the final one. Default 1000 times 103. */
export function interimStorm(final: Script, count = 1000, status = 103): Script {
  return steps(wholeRequest, head(status, [['link', '</a>; rel=preload']]).repeat(count), final)
}

/** Sends the head up to the middle of a field line, waits at the gate, then the rest and the body. */
export function slowHead(gate: Gate): Script {
  return steps(wholeRequest, 'HTTP/1.1 200 OK\r\ncontent-ty', gate, `pe: text/plain\r\ncontent-length: 4\r\n\r\nslow`)
}

/** Answers as soon as the head of the request is there, while its body may still be under way; reads on afterwards. */
export function earlyReply(status: number, text = 'early'): Script {
  return steps(head(status, [['content-length', String(Buffer.byteLength(text))]]), text)
}

/** Takes the head of the request and whatever came with it, and reads nothing more until the gate is released; then answers. */
export function refuseToRead(gate: Gate, answer: Script): Script {
  return steps(stopReading, gate, (_request, connection) => connection.resumeReading(), answer)
}
