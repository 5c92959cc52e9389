/** Does one hostname of a configuration take in another? It knows neither listeners nor routes. */

/**
 * `*.example.com` covers `a.example.com`, `a.b.example.com` and `*.a.example.com`, not `example.com`; each name covers
 * itself. Both are lower case.
 */
export function coversHostname(wider: string, narrower: string): boolean {
  if (wider === narrower) return true
  return wider.startsWith('*.') && narrower.length >= wider.length && narrower.endsWith(wider.slice(1))
}
