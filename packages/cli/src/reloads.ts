/** Reloads one after the other, however many are asked for. It knows neither files nor gateways. */

type Wanted = 'no' | 'if-changed' | 'always'

export class Reloads {
  readonly #reload: (always: boolean) => Promise<void>
  #wanted: Wanted = 'no'
  #running: Promise<void> | undefined

  /** `reload` is never called twice at once. With `always` false it may do nothing where nothing has changed. It must not reject. */
  constructor(reload: (always: boolean) => Promise<void>) {
    this.#reload = reload
  }

  /** What is asked for while a reload runs is done once after it: it may have read the files before the change. */
  request(always: boolean): void {
    if (always || this.#wanted === 'no') this.#wanted = always ? 'always' : 'if-changed'
    this.#running ??= this.#run()
  }

  /** Resolves when no reload runs or waits. */
  async settled(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    while (this.#wanted !== 'no') {
      const always = this.#wanted === 'always'
      this.#wanted = 'no'
      await this.#reload(always)
    }
    this.#running = undefined
  }
}
