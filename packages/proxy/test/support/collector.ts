// A listener that notes what an attempt tells it, in order, and what comes after the end.

import type { Readable } from 'node:stream'
import {
  Attempt,
  type AttemptClocks,
  type AttemptFailure,
  type AttemptListener,
  ClockWheel,
  type Endpoint,
  type TrailerSource,
} from '../../src/index.ts'

export class Collector implements AttemptListener<Attempt> {
  status = 0
  statusText = ''
  headers: string[] = []
  body = ''
  bytes = 0
  trailers: string[] | undefined
  failure: AttemptFailure | undefined
  ended = false
  /** Callbacks after the terminal one. */
  late = 0
  /** What `attemptData` answers. */
  accept = true
  onHead: (() => void) | undefined
  onData: ((chunk: Buffer) => void) | undefined
  readonly over: Promise<void>
  #over: () => void = () => {}

  constructor() {
    this.over = new Promise((resolve) => {
      this.#over = resolve
    })
  }

  attemptHead(_attempt: Attempt, status: number, statusText: string, headers: string[]): void {
    this.#alive()
    this.status = status
    this.statusText = statusText
    this.headers = headers
    this.onHead?.()
  }

  attemptData(_attempt: Attempt, chunk: Buffer): boolean {
    this.#alive()
    this.body += chunk.toString('latin1')
    this.bytes += chunk.length
    this.onData?.(chunk)
    return this.accept
  }

  attemptEnded(_attempt: Attempt, trailers: string[] | undefined): void {
    this.#alive()
    this.ended = true
    this.trailers = trailers
    this.#over()
  }

  attemptFailed(_attempt: Attempt, failure: AttemptFailure): void {
    this.#alive()
    this.failure = failure
    this.#over()
  }

  header(name: string): string | undefined {
    const index = this.headers.findIndex((field, at) => at % 2 === 0 && field.toLowerCase() === name)
    return index === -1 ? undefined : this.headers[index + 1]
  }

  #alive(): void {
    if (this.ended || this.failure !== undefined) this.late++
  }
}

export const noClocks: AttemptClocks = { headersMs: 0, idleMs: 0, backendMs: 0 }

export interface Request {
  readonly method?: string
  readonly path?: string
  readonly headers?: string[]
  readonly body?: Buffer | Readable | null
  readonly clocks?: AttemptClocks
  readonly collector?: Collector
  readonly trailers?: TrailerSource
}

export interface Started {
  readonly attempt: Attempt
  readonly collector: Collector
}

export function begin(endpoint: Endpoint, request: Request = {}): Started {
  const collector = request.collector ?? new Collector()
  const attempt = new Attempt(endpoint, endpoint.wheel, request.clocks ?? noClocks, collector)
  const headers = request.headers ?? ['host', 'model.test']
  attempt.start(request.method ?? 'GET', request.path ?? '/', headers, request.body ?? null, request.trailers)
  return { attempt, collector }
}

export async function run(endpoint: Endpoint, request: Request = {}): Promise<Collector> {
  const { collector } = begin(endpoint, request)
  await collector.over
  return collector
}

/** A wheel whose time moves only by `advance`. */
export function manualWheel(): { readonly wheel: ClockWheel; advance(ms: number): void } {
  let time = 1_000
  const wheel = new ClockWheel({ now: () => time })
  return {
    wheel,
    advance(ms) {
      time += ms
      wheel.tick()
    },
  }
}
