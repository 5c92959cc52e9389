// Which header fields belong to one hop, and how names are compared. It knows names only, never values or messages.

/** A field that never goes on (RFC 9110, 7.6.1), `Expect` aside, which is answered by whoever reads the request. */
export function isHopByHop(lowerName: string): boolean {
  switch (lowerName) {
    case 'connection':
    case 'keep-alive':
    case 'proxy-connection':
    case 'proxy-authenticate':
    case 'proxy-authorization':
    case 'te':
    case 'trailer':
    case 'transfer-encoding':
    case 'upgrade':
    case 'http2-settings':
      return true
    default:
      return false
  }
}

/** Fields that `Connection` cannot take out of a message: they say where it goes and where it ends. */
function isPinned(lowerName: string): boolean {
  return lowerName === 'host' || lowerName === 'content-length'
}

/**
 * Adds the names that a value of `Connection` lists to `named`, in lower case. Makes the set only for names that are not
 * removed anyway, so that `keep-alive` and `close` cost nothing.
 */
export function connectionOptions(value: string, named: Set<string> | undefined): Set<string> | undefined {
  const lower = value.toLowerCase()
  if (lower === 'keep-alive' || lower === 'close') return named
  let names = named
  for (const part of lower.split(',')) {
    const name = part.trim()
    if (name === '' || name === 'close' || isHopByHop(name) || isPinned(name)) continue
    names ??= new Set()
    names.add(name)
  }
  return names
}

/** Compares names without case. `lowerName` is in lower case. */
export function sameName(name: string, lowerName: string): boolean {
  return name.length === lowerName.length && (name === lowerName || name.toLowerCase() === lowerName)
}
