/** One of several at random, each as often as any other. It knows no weights (`weighted.ts` does) and no health. */

/**
 * @param random Numbers from 0 up to, not including, 1. Called once, not at all when `count` is 0.
 * @returns An index below `count`, or -1 when `count` is 0.
 */
export function anyOf(count: number, random: () => number): number {
  return count === 0 ? -1 : Math.floor(random() * count)
}
