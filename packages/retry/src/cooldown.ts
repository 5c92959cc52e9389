/** Until when somebody was asked not to come back. It steers choices and refuses nothing; it knows no clock and no HTTP. */

/** How many keys are remembered by default. */
const mostKeys = 1024

/** Times by key, bounded: beyond `maxKeys` the one that was noted first is forgotten. `now` and `until` are in ms of one clock. */
export class Cooldowns {
  readonly #maxKeys: number
  readonly #untilOf = new Map<string, number>()

  /** @throws RangeError when `maxKeys` is not an integer of 1 or more. */
  constructor(maxKeys: number = mostKeys) {
    if (!Number.isInteger(maxKeys) || maxKeys < 1) {
      throw new RangeError(`cooldowns: maxKeys is ${maxKeys}, expected an integer of 1 or more`)
    }
    this.#maxKeys = maxKeys
  }

  /** True when there is nothing to ask for: no key was noted, or all of them are forgotten. */
  get empty(): boolean {
    return this.#untilOf.size === 0
  }

  /** Of several times the last one counts. */
  note(key: string, until: number): void {
    const before = this.#untilOf.get(key)
    if (before !== undefined && before >= until) return
    this.#untilOf.delete(key)
    this.#untilOf.set(key, until)
    if (this.#untilOf.size <= this.#maxKeys) return
    for (const oldest of this.#untilOf.keys()) {
      this.#untilOf.delete(oldest)
      return
    }
  }

  /** Milliseconds that are left for this key; 0 when none are. */
  left(key: string, now: number): number {
    const until = this.#untilOf.get(key)
    if (until === undefined) return 0
    if (until > now) return until - now
    this.#untilOf.delete(key)
    return 0
  }
}
