/** One cookie out of a request's `Cookie` field (RFC 6265, section 4.2). It sets none. */

/** The value of the first cookie of this name, as sent. Names are case-sensitive. */
export function cookieValue(field: string, name: string): string | undefined {
  for (let start = 0; start < field.length;) {
    const semicolon = field.indexOf(';', start)
    const end = semicolon === -1 ? field.length : semicolon
    const equals = field.indexOf('=', start)
    if (equals !== -1 && equals < end && field.slice(start, equals).trim() === name)
      return field.slice(equals + 1, end).trim()
    start = end + 1
  }
  return undefined
}
