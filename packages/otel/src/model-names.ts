/** Names of models as attributes of metrics. Callers may name any: there are only so many values. */

/** Most names that become values, and longest of them; all others are `_OTHER`. */
const mostModels = 200
const longestModel = 128

export class ModelNames {
  readonly #known = new Set<string>()

  /** One that is new, and that no backend has answered for, takes none of the places. */
  value(model: string, isAnswered: boolean): string {
    if (this.#known.has(model)) return model
    if (!isAnswered || this.#known.size >= mostModels || model.length > longestModel) return '_OTHER'
    this.#known.add(model)
    return model
  }
}
