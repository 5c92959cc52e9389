/** What a list of weights must look like. It does not choose. */

/** Gateway API's bound for `weight`. */
const maxWeight = 1_000_000
/** Most entries in one list. */
const maxEntries = 65_536

/** @throws RangeError naming index and value, unless every weight is an integer from 0 to 1,000,000. */
export function checkWeight(weight: number, index: number): void {
  if (Number.isInteger(weight) && weight >= 0 && weight <= maxWeight) return
  throw new RangeError(`weight ${String(weight)} at index ${index} is not an integer from 0 to ${maxWeight}`)
}

/** @throws RangeError when there are more than 65,536 entries. */
export function checkCount(count: number): void {
  if (count > maxEntries)
    throw new RangeError(`${count} entries are more than the ${maxEntries} that one list may have`)
}
