/** What is happening now and what was claimed. The acts write it, a view shows it. */

import { pause } from './pause.ts'

export interface Claim {
  readonly text: string
  readonly holds: boolean
  readonly seen: string
}

export interface StreamLine {
  readonly label: string
  text: string
  ended: 'running' | 'whole' | 'broken'
}

export interface ServerLine {
  readonly name: string
  /** `out`: it is there, but health checks or its failures took it out of a backend. */
  readonly state: 'up' | 'out' | 'down'
  readonly served: number
  readonly inFlight: number
}

export interface Snapshot {
  readonly servers: readonly ServerLine[]
  readonly breaker: string
  readonly weights: string
}

/** Shows the stage; a live view draws it again and again, a plain one writes lines as things happen. */
export interface View {
  /** Time for a person to read, in ms. */
  readonly breathMs: number
  act(title: string, what: string): void
  note(text: string): void
  claim(claim: Claim): void
  stream(line: StreamLine): void
  close(): void
}

export class Stage {
  readonly claims: Claim[] = []
  readonly #view: View

  constructor(view: View) {
    this.#view = view
  }

  act(title: string, what: string): void {
    this.#view.act(title, what)
  }

  note(text: string): void {
    this.#view.note(text)
  }

  /** A moment to look at what is there. */
  breathe(): Promise<void> {
    return pause(this.#view.breathMs)
  }

  /** A claim that the demo checks by itself; one that does not hold makes it fail. */
  claim(text: string, holds: boolean, seen: string): void {
    const claim = { text, holds, seen }
    this.claims.push(claim)
    this.#view.claim(claim)
  }

  openStream(label: string): StreamLine {
    const line: StreamLine = { label, text: '', ended: 'running' }
    this.#view.stream(line)
    return line
  }
}
