/** Whether two parts of a config are the same, so that what was made from the one can live on. */

/** Config is plain data in a fixed order of keys, so its text tells. */
export function sameParts(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other)
}
