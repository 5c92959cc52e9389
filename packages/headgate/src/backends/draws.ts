/** A source of chance that can be listened to: what was drawn for a pick is an input of it. */

export class Draws {
  readonly #random: () => number
  #heard: number[] | undefined

  constructor(random: () => number) {
    this.#random = random
  }

  readonly next: () => number = () => {
    const drawn = this.#random()
    this.#heard?.push(drawn)
    return drawn
  }

  /** What is drawn while `work` runs. */
  listen<T>(work: () => T): { readonly result: T; readonly draws: readonly number[] } {
    const draws: number[] = []
    this.#heard = draws
    const result = work()
    this.#heard = undefined
    return { result, draws }
  }
}
