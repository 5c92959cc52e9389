/** Is this text an origin that a CORS filter may allow, and how is it stored? It compares no requests. */

/** Gateway API CORSOrigin: a scheme, a host that may begin with `*`, and perhaps a port. */
const originPattern = /^(https?):\/\/((?:\*\.)?(?:[a-z0-9-]+\.)*[a-z0-9-]+|\*)(?::([0-9]{1,5}))?$/i

const wellKnownPorts: Readonly<Record<string, number>> = { http: 80, https: 443 }

/** What is wrong with an origin, or `undefined`. */
export function corsOriginProblem(text: string): string | undefined {
  if (text === '*') return undefined
  if (!/^https?:\/\//i.test(text)) return 'it does not begin with http:// or https://'
  const parts = originPattern.exec(text)
  if (parts === null) return 'it is not made of a scheme, a host and perhaps a port'
  const port = parts[3]
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) return `${port} is no port`
  return undefined
}

/** The form that is stored and compared, which browsers send: lower case, without the scheme's own port. */
export function normalCorsOrigin(text: string): string {
  const parts = originPattern.exec(text.toLowerCase())
  if (parts === null) return text
  const [, scheme = '', host = '', port] = parts
  const isOwn = port === undefined || Number(port) === wellKnownPorts[scheme]
  return isOwn ? `${scheme}://${host}` : `${scheme}://${host}:${Number(port)}`
}
