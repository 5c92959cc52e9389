/** Which hosts two host names have in common (Gateway API, listener and route hostnames). It knows no requests. */

/**
 * The more specific of two host names where one covers the other, otherwise `undefined`. `*.example.com` covers any number of
 * labels before `.example.com`, and not `example.com` itself.
 */
export function intersection(a: string, b: string): string | undefined {
  if (covers(a, b)) return b
  return covers(b, a) ? a : undefined
}

/** Does `wide` stand for every host that `narrow` stands for? */
export function covers(wide: string, narrow: string): boolean {
  if (wide === narrow) return true
  if (!wide.startsWith('*.')) return false
  const suffix = wide.slice(1)
  return narrow.startsWith('*.') ? narrow.slice(1).endsWith(suffix) : narrow.endsWith(suffix)
}

/**
 * The hosts that a route serves on a listener: of its host names the parts that the listener has as well; the listener's own
 * where the route names none. `undefined`: nothing in common, the route does not attach. An empty list is every host.
 */
export function effectiveHostnames(
  route: readonly string[],
  listener: string | undefined,
): readonly string[] | undefined {
  if (listener === undefined) return route
  if (route.length === 0) return [listener]
  const common = route.flatMap((hostname) => intersection(hostname, listener) ?? [])
  return common.length === 0 ? undefined : [...new Set(common)]
}
