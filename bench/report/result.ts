/** What a benchmark leaves behind: every figure of every round, with what is needed to run it again. */

/** How a figure is set against the first row's of the same round. */
export type Against = 'ratio' | 'difference' | 'nothing'

export interface Figure {
  readonly key: string
  readonly title: string
  readonly unit: string
  readonly against: Against
}

export interface Row {
  readonly name: string
  /** By key of the figure, one of each round. */
  readonly samples: Readonly<Record<string, readonly number[]>>
}

export interface Absence {
  readonly name: string
  readonly reason: string
}

/** A bound that a figure is meant to keep, and what came out. */
export interface Verdict {
  /** What is set against what. */
  readonly text: string
  readonly measured: number
  readonly most: number
  readonly holds: boolean
}

export interface Table {
  readonly name: string
  readonly title: string
  /** The first is what the page draws. */
  readonly figures: readonly Figure[]
  /** The first is what the others are set against. */
  readonly rows: readonly Row[]
  readonly absent: readonly Absence[]
  readonly verdicts?: readonly Verdict[]
}

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly os: string
}

export interface Result {
  /** Name of the benchmark. */
  readonly bench: string
  readonly command: string
  /** Day of the run, `2026-01-31`. */
  readonly date: string
  readonly machine: Machine
  /** Of everything that takes part, by name. */
  readonly versions: Readonly<Record<string, string>>
  readonly tables: readonly Table[]
}
