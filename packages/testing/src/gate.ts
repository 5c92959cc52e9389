/** A pause in a script that a test ends by hand. Knows no sockets and no time. */

/** Closed when made; everything that waits at it goes on once it is released, and later arrivals pass at once. */
export class Gate {
  readonly #arrival: PromiseWithResolvers<void> = Promise.withResolvers<void>()
  readonly #opening: PromiseWithResolvers<void> = Promise.withResolvers<void>()

  /** Resolves when a script first arrives here: all bytes before it were handed to the kernel. */
  get reached(): Promise<void> {
    return this.#arrival.promise
  }

  /** Opens the gate for ever. Calling it again does nothing. */
  release(): void {
    this.#opening.resolve()
  }

  /** Used by scripts: announces the arrival, then waits for the release. */
  async pass(): Promise<void> {
    this.#arrival.resolve()
    await this.#opening.promise
  }
}

/** Makes a closed gate. */
export function gate(): Gate {
  return new Gate()
}
