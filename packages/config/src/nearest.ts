/** Which declared name did somebody mean? Edit distance over names; it knows nothing of configs. */

/** Longer names are compared by equality without case only: the work is quadratic in the length. */
const maxLength = 128

/**
 * The name that `name` was probably meant to be, or `undefined` where none is close: equal but for case, or at most one
 * edit (insert, delete, replace, swap of neighbours) for each three characters, at least one. Of equally close names the
 * first wins. A name that is itself among `names` is returned as it is.
 */
export function nearest(name: string, names: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase()
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1
  for (const candidate of names) {
    if (candidate === name) return candidate
    const other = candidate.toLowerCase()
    if (other === wanted && bestDistance > 0) {
      best = candidate
      bestDistance = 0
    }
    // A distance is never less than the difference of the lengths, nor useful when it replaces every character.
    if (Math.abs(other.length - wanted.length) >= bestDistance) continue
    if (wanted.length > maxLength || other.length > maxLength) continue
    const distance = editDistance(wanted, other)
    if (distance < bestDistance && distance < Math.max(wanted.length, other.length)) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** Optimal string alignment: Levenshtein with swaps of neighbours, on UTF-16 units. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      let cost = Math.min(at(last, column) + 1, at(current, column - 1) + 1, at(last, column - 1) + (same ? 0 : 1))
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, at(beforeLast, column - 2) + 1)
      }
      current.push(cost)
    }
    beforeLast = last
    last = current
  }
  return at(last, b.length)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY
}
