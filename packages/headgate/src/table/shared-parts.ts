/**
 * Parts of rules that are plain data and equal, made once for a table: with hundreds of routes whose policies are the same, a request
 * then finds them where the one before left them, in the processor's own memory.
 */
export class SharedParts {
  readonly #made = new Map<string, unknown>()

  /** `kind` names what `make` gives, which depends on `from` alone, as far as JSON tells it, and is never changed. */
  of<Part>(kind: string, from: unknown, make: () => Part): Part {
    const key = `${kind} ${JSON.stringify(from)}`
    if (!this.#made.has(key)) this.#made.set(key, make())
    return this.#made.get(key) as Part
  }
}
