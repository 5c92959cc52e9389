/** How long the rest of a reply is waited for that is going to be replaced. Pure arithmetic, in ms. */

const mostMs = 1000

/**
 * At most a second, at most what its try has left (`tryEnds`: when its `perTry` or `firstEvent` runs out), and at most half of what
 * the request has left (`deadline`), so that there is time for whatever replaces it. Never 0, which would be no bound. `Infinity` is no clock.
 */
export function holdTime(now: number, tryEnds: number, deadline: number): number {
  return Math.max(1, Math.ceil(Math.min(mostMs, tryEnds - now, (deadline - now) / 2)))
}
