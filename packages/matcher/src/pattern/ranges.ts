/** Sets of characters as sorted, separate ranges of code points: [low, high, low, high, ...]. Knows no syntax. */

export type Ranges = readonly number[]

const lastCodePoint = 0x10ffff

/** Sorts the ranges and joins those that touch. */
export function normalise(pairs: Ranges): Ranges {
  const sorted: [number, number][] = []
  for (let at = 0; at + 1 < pairs.length; at += 2) sorted.push([pairs[at] ?? 0, pairs[at + 1] ?? 0])
  sorted.sort(([first], [second]) => first - second)
  const joined: number[] = []
  for (const [low, high] of sorted) {
    const last = joined.at(-1)
    if (last !== undefined && low <= last + 1) joined[joined.length - 1] = Math.max(last, high)
    else joined.push(low, high)
  }
  return joined
}

/** Every code point that is not in the ranges, which must be normalised. */
export function negate(ranges: Ranges): Ranges {
  const rest: number[] = []
  let from = 0
  for (let at = 0; at + 1 < ranges.length; at += 2) {
    const low = ranges[at] ?? 0
    if (low > from) rest.push(from, low - 1)
    from = (ranges[at + 1] ?? 0) + 1
  }
  if (from <= lastCodePoint) rest.push(from, lastCodePoint)
  return rest
}

/** Adds to each ASCII letter its other case. */
export function foldCase(ranges: Ranges): Ranges {
  const folded = [...ranges]
  for (let at = 0; at + 1 < ranges.length; at += 2) {
    const low = ranges[at] ?? 0
    const high = ranges[at + 1] ?? 0
    addShifted(folded, Math.max(low, 0x41), Math.min(high, 0x5a), 0x20)
    addShifted(folded, Math.max(low, 0x61), Math.min(high, 0x7a), -0x20)
  }
  return normalise(folded)
}

function addShifted(ranges: number[], low: number, high: number, shift: number): void {
  if (low <= high) ranges.push(low + shift, high + shift)
}

export function contains(ranges: Ranges, codePoint: number): boolean {
  for (let at = 0; at + 1 < ranges.length; at += 2) {
    if (codePoint < (ranges[at] ?? 0)) return false
    if (codePoint <= (ranges[at + 1] ?? 0)) return true
  }
  return false
}
