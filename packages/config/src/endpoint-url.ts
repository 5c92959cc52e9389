/** Is this text the origin of a model server, and how is it stored? It opens nothing and resolves no name. */

/**
 * What is wrong with an endpoint's URL, or `undefined`. Strict where `new URL` is lenient: blanks, backslashes, a missing
 * `//`, an empty query are refused instead of repaired.
 */
export function endpointProblem(text: string): string | undefined {
  if (!/^https?:\/\//i.test(text)) return 'it does not begin with http:// or https://'
  if (/[\s\\]/.test(text) || hasControl(text)) return 'it contains a blank, a backslash or a control character'
  const rest = text.slice(text.indexOf('//') + 2)
  if (rest.includes('@')) return 'it contains credentials; set a header of the backend with a reference instead'
  if (rest.includes('#')) return 'it contains a fragment, which is never sent'
  if (rest.includes('?')) return 'it contains a query; a request keeps its own'
  const slash = rest.indexOf('/')
  if (slash !== -1 && slash !== rest.length - 1) {
    return 'it contains a path; a request keeps its own path, so drop it here'
  }
  const url = URL.parse(text)
  if (url === null || url.hostname === '' || /:\/?$/.test(rest)) return 'its host or port is not valid'
  return url.port === '0' ? 'port 0 cannot be called' : undefined
}

/** The form that is stored and compared: `HTTP://A.example:80/` and `http://a.example` are one endpoint. */
export function endpointOrigin(text: string): string {
  return new URL(text).origin
}

/** For messages: what may be a credential in a URL, before `@` or in a query, is not shown. */
export function withoutCredentials(text: string): string {
  if (!/^[a-z]+:\/\//i.test(text)) return text
  return text.replace(/\/\/[^/?#]*@/, '//***@').replace(/\?.+$/s, '?***')
}

function hasControl(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0x20 || unit === 0x7f) return true
  }
  return false
}
