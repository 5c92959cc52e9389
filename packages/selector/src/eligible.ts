/** Drops what may not be chosen just now. It does not know why: health, ejection and breakers are the caller's. */

/**
 * Writes the indexes below `count` that `allowed` lets through into `into`, in rising order, and sets its length.
 * Give the same array each time and nothing is allocated.
 *
 * @returns How many are left; 0 says that nobody is.
 */
export function eligible(count: number, allowed: (index: number) => boolean, into: number[]): number {
  let left = 0
  for (let index = 0; index < count; index++) {
    if (allowed(index)) into[left++] = index
  }
  into.length = left
  return left
}
