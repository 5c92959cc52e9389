/** One after the other, over those that are allowed. It knows no weights (`weighted.ts` does) and no health. */

/** Round robin over the indexes of a list, starting after the last pick. The list may change its length between picks. */
export class RoundRobin {
  #last: number

  /** `last`: the index that the first pick starts after. Default -1, so that it starts with 0. */
  constructor(last: number = -1) {
    this.#last = last
  }

  /** The last pick; -1 before the first. */
  get last(): number {
    return this.#last
  }

  /**
   * The next index below `count` that `allowed` lets through, or -1 when nobody is left. Asks each at most once. With `keepTurn` the
   * next pick starts where this one did: what is a second try for somebody must not use up the turn of the others.
   */
  pick(count: number, allowed: (index: number) => boolean, keepTurn: boolean = false): number {
    let index = this.#last
    for (let asked = 0; asked < count; asked++) {
      index = index + 1 < count ? index + 1 : 0
      if (allowed(index)) {
        if (!keepTurn) this.#last = index
        return index
      }
    }
    return -1
  }
}
