/** What can be said of noisy figures. */

/**
 * Bounds that hold the true median with a probability of at least 95 %, whatever the distribution: two of the values themselves, by
 * the sign test. Below 6 values no pair of them is so sure, and the bounds are the lowest and the highest.
 */
export function medianBounds(values: readonly number[]): readonly [low: number, high: number] {
  const sorted = values.toSorted((a, b) => a - b)
  const count = sorted.length
  // Chance that at most `cut` of the values lie on one side of the median.
  let ways = 1
  let tail = 0.5 ** count
  let cut = 0
  for (; cut < count; cut++) {
    ways = (ways * (count - cut)) / (cut + 1)
    tail += ways * 0.5 ** count
    if (tail > 0.025) break
  }
  return [sorted[cut] ?? Number.NaN, sorted[count - 1 - cut] ?? Number.NaN]
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2
}

/** The value below which a share of all values lies; the values are in order. NaN of none. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export function spreadOf(values: ArrayLike<number>): { readonly p50: number; readonly p99: number } {
  const sorted = Float64Array.from(values).sort()
  return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) }
}

/** Growth from one value to the next, by least squares. */
export function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const up = values.reduce((sum, value, at) => sum + (at - middle) * (value - mean), 0)
  return up / values.reduce((sum, _, at) => sum + (at - middle) ** 2, 0)
}
