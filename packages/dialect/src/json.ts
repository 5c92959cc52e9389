/** Fields of JSON that somebody else wrote: everything may be missing or of another type. */

export type JsonObject = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Undefined for what is no JSON: JSON itself has no such value. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** Says nothing: absent, null, '', [], {} or false. Numbers do say something. */
export function isBlank(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) {
    for (const _ in value) return false
    return true
  }
  return value === undefined || value === null || value === '' || value === false
}

/** Every field says nothing, apart from the one that only names the kind or the speaker. */
export function isBlankBut(object: JsonObject, label: 'role' | 'type'): boolean {
  for (const name in object) if (name !== label && !isBlank(object[name])) return false
  return true
}
