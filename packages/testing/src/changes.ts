/** Lets promises wait for a state to be reached. Knows nothing of what changes; whoever changes it announces it. */

export class Changes {
  #next: PromiseWithResolvers<void> = Promise.withResolvers<void>()

  /** Wakes everybody who waits, so that they look again. */
  announce(): void {
    const woken = this.#next
    this.#next = Promise.withResolvers<void>()
    woken.resolve()
  }

  /** Resolves with the first value of `look` that is not undefined; rejects when `look` throws. */
  async until<T>(look: () => T | undefined): Promise<T> {
    for (;;) {
      const found = look()
      if (found !== undefined) return found
      await this.#next.promise
    }
  }
}
