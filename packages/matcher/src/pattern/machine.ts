/**
 * Runs a program over a text in linear time: Thompson's simulation, whose sets of places are remembered as the states of an
 * automaton. The memory is bounded: when it is full it is emptied and filled anew. Knows no syntax.
 */

import { Alphabet } from './alphabet.ts'
import { accept, atEnd, atStart, jump, split, takeOne, type Instruction } from './program.ts'
import { contains } from './ranges.ts'

const unknown = -1
const dead = -2
/** Always the first state, and apart from others with the same places: only there does `^` hold. */
const initial = 0

/** Most states and most transitions that one pattern remembers: at most about 64 KiB, whatever texts come. */
const maxStates = 128
const maxTransitions = 16_384
const leastStates = 16

export class Machine {
  /**
   * Characters read and places visited since it was made: what a test of linear time counts instead of seconds.
   */
  steps: number = 0
  readonly #program: readonly Instruction[]
  readonly #alphabet: Alphabet
  readonly #capacity: number
  /** By state: its places in the program, its next states by letter, whether the text may end there. */
  #places: Int32Array[] = []
  #next: Int32Array[] = []
  #accepts: boolean[] = []
  #states: Map<string, number> = new Map()
  /** For one closure: places still to visit, and the round in which each place was visited last. */
  readonly #stack: number[] = []
  readonly #visited: Int32Array
  #round: number = 0
  #reached: number[] = []

  constructor(program: readonly Instruction[]) {
    this.#program = program
    this.#alphabet = new Alphabet(program)
    this.#capacity = Math.max(leastStates, Math.min(maxStates, Math.floor(maxTransitions / this.#alphabet.size)))
    this.#visited = new Int32Array(program.length)
    this.#forget()
  }

  /** States remembered now. */
  get size(): number {
    return this.#places.length
  }

  /** The whole text matches. */
  test(text: string): boolean {
    const alphabet = this.#alphabet
    let state = initial
    for (let at = 0; at < text.length; at++) {
      let codePoint = text.charCodeAt(at)
      if (codePoint >= 0xd800 && codePoint < 0xdc00) {
        codePoint = text.codePointAt(at) ?? codePoint
        if (codePoint > 0xffff) at++
      }
      this.steps++
      const letter = alphabet.letterOf(codePoint)
      let next = this.#next[state]?.[letter] ?? unknown
      if (next === unknown) next = this.#follow(state, letter)
      if (next === dead) return false
      state = next
    }
    return this.#accepts[state] === true
  }

  /** Works out where a state goes with a letter, and remembers it. */
  #follow(state: number, letter: number): number {
    const sample = this.#alphabet.sampleOf(letter)
    const places = this.#places[state] ?? []
    this.#begin()
    for (const place of places) {
      this.steps++
      const instruction = this.#program[place]
      if (instruction?.kind === takeOne && contains(instruction.ranges, sample)) this.#close(place + 1, false, false)
    }
    const reached = Int32Array.from(this.#reached).sort()
    if (reached.length === 0) return this.#remember(state, letter, dead)
    const key = String.fromCharCode(...reached)
    const known = this.#states.get(key)
    if (known !== undefined) return this.#remember(state, letter, known)
    if (this.#places.length >= this.#capacity) {
      this.#forget()
      return this.#addState(reached, key, false)
    }
    return this.#remember(state, letter, this.#addState(reached, key, false))
  }

  #remember(state: number, letter: number, next: number): number {
    const row = this.#next[state]
    if (row !== undefined) row[letter] = next
    return next
  }

  /** Empties the memory down to the first state. */
  #forget(): void {
    this.#places = []
    this.#next = []
    this.#accepts = []
    this.#states = new Map()
    this.#begin()
    this.#close(0, true, false)
    this.#addState(Int32Array.from(this.#reached), undefined, true)
  }

  #addState(places: Int32Array, key: string | undefined, first: boolean): number {
    const state = this.#places.length
    this.#places.push(places)
    this.#next.push(new Int32Array(this.#alphabet.size).fill(unknown))
    this.#accepts.push(this.#mayEnd(places, first))
    if (key !== undefined) this.#states.set(key, state)
    return state
  }

  /** The text may end in these places. Only now does `$` hold. */
  #mayEnd(places: Int32Array, first: boolean): boolean {
    this.#begin()
    for (const place of places) {
      const kind = this.#program[place]?.kind
      if (kind === accept) return true
      if (kind === atEnd) this.#close(place + 1, first, true)
    }
    return this.#reached.some((place) => this.#program[place]?.kind === accept)
  }

  #begin(): void {
    this.#round++
    this.#reached = []
  }

  /** Adds what can be reached from `from` without a character. Each place is visited once in a round. */
  #close(from: number, isStart: boolean, isEnd: boolean): void {
    const stack = this.#stack
    stack.push(from)
    for (let place = stack.pop(); place !== undefined; place = stack.pop()) {
      if (this.#visited[place] === this.#round) continue
      this.#visited[place] = this.#round
      this.steps++
      const instruction = this.#program[place]
      if (instruction === undefined) continue
      switch (instruction.kind) {
        case split:
          stack.push(instruction.second, instruction.first)
          break
        case jump:
          stack.push(instruction.target)
          break
        case atStart:
          if (isStart) stack.push(place + 1)
          break
        case atEnd:
          if (isEnd) stack.push(place + 1)
          else this.#reached.push(place)
          break
        default:
          this.#reached.push(place)
      }
    }
  }
}
