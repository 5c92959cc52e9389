/** Options of the benchmarks' command lines. */

/** Throws RangeError for anything but a whole number above 0. */
export function wholeNumber(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1)
    throw new RangeError(`--${name} ${text}: expected a whole number above 0`)
  return value
}

/** The parts of `a,b`. */
export function listed(text: string | undefined): readonly string[] {
  return (text ?? '').split(',').filter((part) => part !== '')
}

/** Those that are named, or all where none is. Throws RangeError for a name that nothing has. */
export function picked<Thing extends { readonly name: string }>(
  option: string,
  all: readonly Thing[],
  names: readonly string[],
): readonly Thing[] {
  const unknown = names.filter((name) => !all.some((thing) => thing.name === name))
  if (unknown.length > 0) {
    throw new RangeError(`--${option} ${unknown.join(',')}: there are ${all.map(({ name }) => name).join(', ')}`)
  }
  return names.length === 0 ? all : all.filter(({ name }) => names.includes(name))
}
