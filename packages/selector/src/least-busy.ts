/** The less busy of two drawn at random. It counts nothing itself: the caller knows what is in flight. */

/**
 * Power of two choices (Envoy's LEAST_REQUEST with equal weights): two different indexes below `count` are drawn and
 * the one with fewer requests in flight is taken, the first drawn on a tie. The longest queue stays near
 * log(log(count)) without anybody looking at all of them.
 *
 * @param inFlight Asked for two indexes at most.
 * @param random Numbers from 0 up to, not including, 1. Called twice, not at all when `count` is below 2.
 * @returns An index, or -1 when `count` is 0.
 */
export function leastBusyOfTwo(count: number, inFlight: (index: number) => number, random: () => number): number {
  if (count < 2) return count - 1
  const first = Math.floor(random() * count)
  const other = Math.floor(random() * (count - 1))
  // Skipping over `first` keeps the second draw even over the rest.
  const second = other < first ? other : other + 1
  return inFlight(second) < inFlight(first) ? second : first
}
