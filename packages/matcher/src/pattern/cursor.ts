/** Where the parser is in the text, and the error with which it stops. Knows no syntax. */

export interface Cursor {
  readonly source: string
  /** Index of the next character. */
  at: number
  readonly ignoreCase: boolean
}

/** Ends the parse of a refused pattern; caught by `patternProblem`, never seen by users. */
export class PatternSyntaxError extends Error {
  readonly at: number

  constructor(problem: string, at: number) {
    super(problem)
    this.at = at
  }
}
