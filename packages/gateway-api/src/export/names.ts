/** Names that Kubernetes accepts, each given once, from names that may be any text. It knows no kinds. */

/** RFC 1123 subdomain, as most objects have it. */
export function isObjectName(text: string): boolean {
  return text.length <= 253 && /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(text)
}

/** RFC 1123 label, as a namespace has it. */
export function isLabel(text: string): boolean {
  return text.length <= longestLabel && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(text)
}

/** Names of Services are labels, and every name made here is one: it fits all kinds. */
const longestLabel = 63

/** Letters, digits and dashes of the text; `fallback` stands in front of what begins with no letter. */
export function slug(text: string, fallback: string): string {
  const plain = text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase()
  const words = trimmed(plain.replaceAll(/[^a-z0-9]+/g, '-'))
  const name = /^[a-z]/.test(words) ? words : trimmed(`${fallback}-${words}`)
  return trimmed(name.slice(0, longestLabel))
}

function trimmed(text: string): string {
  return text.replaceAll(/^-+|-+$/g, '')
}

/** Names that are taken, each within a scope such as a kind and namespace. */
export class NameSet {
  readonly #taken = new Set<string>()

  /** False where the name is taken. */
  reserve(scope: string, name: string): boolean {
    const key = `${scope}/${name}`
    if (this.#taken.has(key)) return false
    this.#taken.add(key)
    return true
  }

  /** The name, or the first of `name-2`, `name-3`, … that is free. */
  take(scope: string, wanted: string): string {
    if (this.reserve(scope, wanted)) return wanted
    for (let count = 2; ; count++) {
      const suffix = `-${count}`
      const name = trimmed(wanted.slice(0, longestLabel - suffix.length)) + suffix
      if (this.reserve(scope, name)) return name
    }
  }
}
