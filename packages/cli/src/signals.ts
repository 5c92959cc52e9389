/** Signals of this process, from before the gateway starts. It knows no gateway. */

/** Why it ends: a signal, or workers that die faster than it makes sense to replace them. */
export type StopReason = 'SIGTERM' | 'SIGINT' | 'workers'

export interface Signals {
  /** Resolves once, with the first reason. */
  readonly stopped: Promise<StopReason>
  readonly stop: (why: StopReason) => void
  /** Calls `listener` for each SIGHUP; at once for one that came before. */
  readonly onHangUp: (listener: () => void) => void
}

/** Terminals and package managers send one interrupt twice; only a later one is an order to end at once. */
const repeatMs = 1000

const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const

/** Takes over SIGTERM, SIGINT and SIGHUP from now on. */
export function signals(): Signals {
  const { promise, resolve } = Promise.withResolvers<StopReason>()
  let first: number | undefined
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      const now = performance.now()
      if (first !== undefined && now - first > repeatMs) process.exit(exitCodes[signal])
      first ??= now
      resolve(signal)
    })
  }
  let waiting = false
  let hangUp = (): void => {
    waiting = true
  }
  process.on('SIGHUP', () => hangUp())
  return {
    stopped: promise,
    stop: resolve,
    onHangUp(listener) {
      hangUp = listener
      if (waiting) listener()
    },
  }
}
