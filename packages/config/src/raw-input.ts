/** Reading input whose shape is not known yet: what is not there or of another kind is passed over. It judges nothing. */

/** Keys and indexes from the root. */
export type Path = readonly (string | number)[]

/** The items of a list with their paths; nothing where there is no list. */
export function* items(
  holder: unknown,
  key: string,
  path: Path,
): Generator<readonly [item: unknown, path: Path, index: number]> {
  const list = child(holder, key)
  if (!Array.isArray(list)) return
  for (const [index, item] of list.entries()) yield [item, [...path, key, index], index]
}

export function text(holder: unknown, key: string): string | undefined {
  const value = child(holder, key)
  return typeof value === 'string' ? value : undefined
}

export function child(holder: unknown, key: string): unknown {
  if (typeof holder !== 'object' || holder === null || Array.isArray(holder)) return undefined
  return (holder as Readonly<Record<string, unknown>>)[key]
}
