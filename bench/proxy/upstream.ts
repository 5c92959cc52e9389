/** The model server: a fixed reply, or a stream of equal events, as cheap as node:http allows. */
import type { ServerResponse } from 'node:http'
import { listen } from './listen.ts'
import { ownCpuMicros, serveQuestions } from './messages.ts'
import { answer, event, eventEveryMs, eventsPerStream } from './traffic.ts'

const jsonHead = ['content-type', 'application/json', 'content-length', String(answer.length)]
const streamHead = ['content-type', 'text/event-stream', 'cache-control', 'no-cache']

/** Streams that are due at the same millisecond share a place; each place is served in turn. */
const places = Array.from({ length: eventEveryMs }, () => new Map<ServerResponse, number>())
let turn = 0
let opened = 0

function sendDue(): void {
  const due = places[turn++ % places.length]
  if (due === undefined) return
  for (const [response, sent] of due) {
    due.set(response, sent + 1)
    response.write(event)
    if (sent + 1 < eventsPerStream) continue
    due.delete(response)
    response.end()
  }
}

const port = await listen((request, response) => {
  request.resume()
  if (request.headers.accept !== 'text/event-stream') {
    request.once('end', () => response.writeHead(200, jsonHead).end(answer))
    return
  }
  response.writeHead(200, streamHead)
  const place = places[opened++ % places.length]
  place?.set(response, 0)
  response.once('close', () => place?.delete(response))
})

// Always running: what it takes of the processor while nobody streams is the upstream's, not the proxy's.
setInterval(sendDue, 1)
serveQuestions(port, ownCpuMicros)
