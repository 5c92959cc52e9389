/** The live terminal view: drawn again a dozen times a second from what the stage and the gateway say. */

import { styleText } from 'node:util'
import logUpdate from 'log-update'
import type { Claim, Snapshot, StreamLine, View } from './stage.ts'

const framesPerSecond = 12
const signs = {
  up: styleText('green', '● up  '),
  out: styleText('yellow', '◌ out '),
  down: styleText('red', '✖ down'),
}
const spinner = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'

export class LiveView implements View {
  readonly breathMs = 250
  readonly #acts: number
  readonly #snapshot: () => Snapshot
  readonly #timer: NodeJS.Timeout
  readonly #claims: Claim[] = []
  #notes: string[] = []
  #streams: StreamLine[] = []
  #title = ''
  #what = ''
  #act = 0
  #frame = 0

  constructor(acts: number, snapshot: () => Snapshot) {
    this.#acts = acts
    this.#snapshot = snapshot
    this.#timer = setInterval(() => this.#draw(), 1000 / framesPerSecond)
  }

  act(title: string, what: string): void {
    this.#act++
    this.#title = title
    this.#what = what
    this.#notes = []
    this.#streams = []
  }

  note(text: string): void {
    this.#notes = [...this.#notes, text].slice(-5)
  }

  claim(claim: Claim): void {
    this.#claims.push(claim)
  }

  stream(line: StreamLine): void {
    this.#streams = [...this.#streams, line].slice(-6)
  }

  close(): void {
    clearInterval(this.#timer)
    this.#draw()
    logUpdate.done()
  }

  #draw(): void {
    this.#frame++
    const width = Math.min(process.stdout.columns || 80, 110)
    const cut = (text: string): string => (text.length > width - 2 ? `${text.slice(0, width - 3)}…` : text)
    const lines = [
      `${styleText(['bold', 'cyan'], 'headgate')}  ${styleText('dim', 'one process: an Express app, a gateway in it, five model servers behind it')}`,
      '',
      ...this.#servers(width),
      '',
      `${styleText('cyan', spinner[this.#frame % spinner.length] ?? '')} ${styleText('bold', `${this.#act}/${this.#acts} ${this.#title}`)}`,
      `  ${styleText('dim', cut(this.#what))}`,
      ...this.#streams.map((line) => this.#streamLine(line, width)),
      ...this.#notes.map((note) => cut(`  · ${note}`)),
      '',
      ...this.#claims.slice(-this.#room()).map((claim) => claimLine(claim, width)),
    ]
    logUpdate(lines.join('\n'))
  }

  /** Lines left for claims, so that the view fits the terminal. */
  #room(): number {
    const used = 13 + this.#streams.length + this.#notes.length
    return Math.max(3, (process.stdout.rows || 24) - used)
  }

  #servers(width: number): string[] {
    const { servers, breaker, weights } = this.#snapshot()
    const most = Math.max(1, ...servers.map(({ served }) => served))
    const room = Math.max(10, width - 44)
    const lines = servers.map(({ name, state, served, inFlight }) => {
      const bar = '█'.repeat(Math.round((served / most) * room))
      const sign = signs[state]
      const count = String(served).padStart(4)
      return `  ${name.padEnd(8)} ${sign} ${count} served ${String(inFlight).padStart(3)} now  ${styleText(state === 'down' ? 'red' : 'blue', bar)}`
    })
    const color = breaker === 'closed' ? 'green' : breaker === 'open' ? 'red' : 'yellow'
    return [
      ...lines,
      `  ${styleText('dim', 'breaker of gpt4-stable')} ${styleText(color, breaker)}   ${styleText('dim', 'split')} ${weights}`,
    ]
  }

  #streamLine(line: StreamLine, width: number): string {
    const marks = { running: styleText('cyan', '…'), whole: styleText('green', '✔'), broken: styleText('red', '✖') }
    const text = line.text.replaceAll(/\s+/g, ' ')
    const room = Math.max(10, width - line.label.length - 8)
    return `  ${marks[line.ended]} ${styleText('dim', line.label)} ${text.slice(-room)}`
  }
}

function claimLine(claim: Claim, width: number): string {
  const mark = claim.holds ? styleText('green', '✔') : styleText(['bold', 'red'], '✖')
  const room = Math.max(20, width - 4)
  const text = `${claim.text}  ${claim.seen}`
  return `${mark} ${text.length > room ? `${text.slice(0, room - 1)}…` : text}`
}
