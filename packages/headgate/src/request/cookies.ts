/** Finding one cookie in the Cookie field (RFC 6265 section 4.2.1) without reading the others. Makes no map of what callers send. */

/**
 * Where the value of the next cookie of a name begins, at or after `from`; -1 where there is none. `named` is the name with
 * its `=`; names are told apart by case. The value ends at the next `;`, or with the field.
 */
export function findCookie(field: string, named: string, from: number): number {
  for (let at = field.indexOf(named, from); at !== -1; at = field.indexOf(named, at + 1)) {
    if (isStart(field, at)) return at + named.length
  }
  return -1
}

/** The value of the first cookie of a name, as sent. `named` as for `findCookie`. */
export function cookieValue(field: string, named: string): string | undefined {
  const from = findCookie(field, named, 0)
  if (from === -1) return undefined
  const end = field.indexOf(';', from)
  return field.slice(from, end === -1 ? field.length : end).trim()
}

/** Does a pair begin here, so that the text before is blank up to a `;` or the beginning? */
function isStart(field: string, at: number): boolean {
  for (let before = at - 1; before >= 0; before--) {
    const code = field.charCodeAt(before)
    if (code === 59) return true
    if (code !== 32 && code !== 9) return false
  }
  return true
}
