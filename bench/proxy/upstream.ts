/** The model server: a fixed reply, or a stream of equal events, as cheap as node:http allows. It compares every body that it gets. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { listen } from './listen.ts'
import { serveQuestions } from './messages.ts'
import { answer, askedBy, asks, bodyOf, event, isStream, stamped, streamEnd } from './traffic.ts'
import type { Ask } from './traffic.ts'

const jsonHead = ['content-type', 'application/json', 'content-length', String(answer.length)]
const streamHead = ['content-type', 'text/event-stream', 'cache-control', 'no-cache']
const floodChunk = Buffer.alloc(64 * 1024, 'a')

/** Streams of one pace. Those that are due at the same millisecond share a place; each place is served in turn. */
interface Pace {
  readonly places: readonly Map<ServerResponse, number>[]
  readonly events: number
  turn: number
  opened: number
}

const paces = new Map<Ask, Pace>()

function paceOf(ask: Ask): Pace {
  const known = paces.get(ask)
  if (known !== undefined) return known
  const places = Array.from({ length: ask.everyMs }, () => new Map<ServerResponse, number>())
  const made: Pace = { places, events: ask.events, turn: 0, opened: 0 }
  paces.set(ask, made)
  return made
}

function sendDue(pace: Pace): void {
  const due = pace.places[pace.turn++ % pace.places.length]
  if (due === undefined || due.size === 0) return
  const present = stamped()
  const last = Buffer.concat([present, streamEnd])
  for (const [response, sent] of due) {
    due.set(response, sent + 1)
    if (sent + 1 < pace.events) {
      response.write(present)
      continue
    }
    due.delete(response)
    response.end(last)
  }
}

function stream(ask: Ask, response: ServerResponse): void {
  const pace = paceOf(ask)
  const place = pace.places[pace.opened++ % pace.places.length]
  place?.set(response, 0)
  response.once('close', () => place?.delete(response))
  // The head goes out before there is an event, as it does while a model thinks.
  response.flushHeaders()
}

/** Writes until nobody reads, and goes on when somebody does. */
function pour(chunk: Buffer, times: number, end: Buffer | undefined, response: ServerResponse): void {
  let left = times
  const write = (): void => {
    while (left > 0 && !response.destroyed) {
      left--
      if (!response.write(chunk) && left > 0) return void response.once('drain', write)
    }
    response.end(end)
  }
  write()
}

function reply(ask: Ask, response: ServerResponse): void {
  if (!isStream(ask)) return void response.writeHead(200, jsonHead).end(answer)
  response.writeHead(200, streamHead)
  if (ask.floodBytes !== undefined) pour(floodChunk, ask.floodBytes / floodChunk.length, undefined, response)
  else if (ask.everyMs === 0) pour(event, ask.events, streamEnd, response)
  else stream(ask, response)
}

const port = await listen((request: IncomingMessage, response: ServerResponse) => {
  let due: Buffer | undefined
  let ask: Ask | undefined
  let got = 0
  let whole = true
  request.on('data', (chunk: Buffer) => {
    if (ask === undefined) {
      const name = askedBy(chunk)
      if (name === undefined) whole = false
      else [ask, due] = [asks[name], bodyOf(name)]
    }
    const until = got + chunk.length
    whole &&= due !== undefined && until <= due.length && chunk.compare(due, got, until) === 0
    got = until
  })
  request.once('end', () => {
    if (ask !== undefined && whole && got === due?.length) reply(ask, response)
    else response.writeHead(400).end(`a body of ${got} bytes that is not the one that callers send`)
  })
})

// Always running: what it takes of the processor while nobody streams is the upstream's, not the proxy's.
setInterval(() => paces.forEach(sendDue), 1)
serveQuestions(port)
