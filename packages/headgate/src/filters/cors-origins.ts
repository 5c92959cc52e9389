/** The origins that a CORS filter allows (Gateway API CORSOrigin). It knows no header fields. */

/** One serialised origin, `null` included, and no list: what may be given back in a header field. */
const oneOrigin = /^(?:null|[a-z][-+.a-z0-9]*:\/\/[!-+\-.0-~]+)$/i

/** Of lower-case text: scheme, host or pattern, port. */
const webOrigin = /^(https?):\/\/((?:\*\.)?[a-z0-9._-]+|\*|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?$/

const wellKnownPorts: Readonly<Record<string, number>> = { http: 80, https: 443 }

interface Origin {
  readonly scheme: string
  readonly host: string
  readonly port: number
}

/** `https://*.example.com`: any number of labels before the suffix; `https://*`: every host. */
interface Wildcard extends Origin {
  /** With its leading dot, or empty. */
  readonly suffix: string
}

export class AllowedOrigins {
  /** `*` is among them. */
  readonly any: boolean
  readonly #exact: ReadonlySet<string>
  readonly #wildcards: readonly Wildcard[]

  /** What is neither `*` nor an origin of http or https allows nothing. */
  constructor(origins: readonly string[]) {
    const exact = new Set<string>()
    const wildcards: Wildcard[] = []
    for (const text of origins) {
      const origin = readOrigin(text)
      if (origin === undefined) continue
      if (origin.host.startsWith('*')) wildcards.push({ ...origin, suffix: origin.host.slice(1) })
      else exact.add(originText(origin))
    }
    this.any = origins.includes('*')
    this.#exact = exact
    this.#wildcards = wildcards
  }

  /**
   * Is this value of Origin allowed? A port that is left out is the scheme's own, on either side. Several origins in one
   * value are none.
   */
  allows(value: string): boolean {
    if (this.any) return oneOrigin.test(value)
    // Browsers send lower case without the scheme's own port, which is the form that is kept.
    if (this.#exact.has(value)) return true
    const origin = readOrigin(value)
    if (origin === undefined || origin.host.startsWith('*')) return false
    if (this.#exact.has(originText(origin))) return true
    for (const { scheme, suffix, port } of this.#wildcards) {
      if (origin.scheme !== scheme || origin.port !== port) continue
      if (origin.host.length > suffix.length && origin.host.endsWith(suffix)) return true
    }
    return false
  }
}

function readOrigin(text: string): Origin | undefined {
  const parts = webOrigin.exec(text.toLowerCase())
  if (parts === null) return undefined
  const [, scheme = '', host = '', port] = parts
  return { scheme, host, port: port === undefined ? (wellKnownPorts[scheme] ?? 0) : Number(port) }
}

function originText({ scheme, host, port }: Origin): string {
  return port === wellKnownPorts[scheme] ? `${scheme}://${host}` : `${scheme}://${host}:${port}`
}
