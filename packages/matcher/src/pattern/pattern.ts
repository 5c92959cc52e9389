/** Regular expressions that run in linear time or are refused. Knows nothing of paths and headers. */

import { PatternSyntaxError } from './cursor.ts'
import { Machine } from './machine.ts'
import { parse } from './parse.ts'
import { write } from './program.ts'

/** A compiled regular expression. */
export interface Pattern {
  /** The whole text matches. Takes time in proportion to its length. */
  test(text: string): boolean
}

/**
 * Why a regular expression is refused, with the index of the character, or `undefined` where it is supported: literals,
 * classes, `.`, `\d \w \s \D \W \S`, groups, `|`, `* + ? {n} {n,} {n,m}` and their lazy forms, `^ $`, `(?i)` at the start.
 */
export function patternProblem(pattern: string): string | undefined {
  try {
    write(parse(pattern))
    return undefined
  } catch (error) {
    if (error instanceof PatternSyntaxError)
      return `is not a supported regular expression: ${error.message} (at index ${error.at})`
    throw error
  }
}

/** Throws where `patternProblem` has something to say. */
export function compilePattern(source: string): Pattern {
  return new Machine(write(parse(source)))
}
