/** The characters that a program cannot tell apart, as one letter each. Knows no text. */

import { takeOne, type Instruction } from './program.ts'

/** Covers what paths and header values are made of without a search. */
const tableSize = 256

export class Alphabet {
  /** Number of letters. */
  readonly size: number
  /** The first code point of each letter, ascending. */
  readonly #starts: readonly number[]
  readonly #table: Uint16Array

  constructor(program: readonly Instruction[]) {
    const starts = new Set([0])
    for (const instruction of program) {
      if (instruction.kind !== takeOne) continue
      for (const [index, bound] of instruction.ranges.entries()) starts.add(index % 2 === 0 ? bound : bound + 1)
    }
    this.#starts = [...starts].sort((first, second) => first - second)
    this.size = this.#starts.length
    this.#table = Uint16Array.from({ length: tableSize }, (_, codePoint) => this.#search(codePoint))
  }

  letterOf(codePoint: number): number {
    return codePoint < tableSize ? (this.#table[codePoint] ?? 0) : this.#search(codePoint)
  }

  /** A code point that stands for all of the letter. */
  sampleOf(letter: number): number {
    return this.#starts[letter] ?? 0
  }

  #search(codePoint: number): number {
    let low = 0
    let high = this.#starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#starts[middle] ?? 0) <= codePoint) low = middle
      else high = middle - 1
    }
    return low
  }
}
