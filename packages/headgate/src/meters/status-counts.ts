/** Counts by status, or by none, in place: nothing is made but a row when the first status of its class comes. */

const classes = 6
const perClass = 100

export interface StatusCount {
  /** 0: there was none, or it is no status of HTTP. */
  readonly status: number
  readonly count: number
}

export class StatusCounts {
  readonly #rows: (Float64Array | undefined)[] = Array.from({ length: classes }, () => undefined)

  /** A status outside of 100 to 599 counts as none. */
  add(status: number): void {
    const known = status >= 100 && status < classes * perClass ? status : 0
    const at = (known / perClass) | 0
    const row = (this.#rows[at] ??= new Float64Array(perClass))
    const column = known - at * perClass
    row[column] = (row[column] as number) + 1
  }

  /** Those that were counted, in order. */
  read(): StatusCount[] {
    return this.#rows.flatMap((row, at) =>
      row === undefined
        ? []
        : Array.from(row, (count, column) => ({ status: at * perClass + column, count })).filter(
            ({ count }) => count > 0,
          ),
    )
  }
}
