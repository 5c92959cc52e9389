/** Rules over the endpoints of one backend: how many may be out, and when health is not to be believed. Pure numbers. */

/**
 * Whether one more of `endpoints` may open while `openNow` of them are not closed: a lone endpoint always may; of
 * several at most `max(1, floor(endpoints x percent / 100))` are open at once.
 */
export function mayOpen(endpoints: number, openNow: number, percent: number): boolean {
  return endpoints === 1 || openNow < Math.max(1, Math.floor((endpoints * percent) / 100))
}

/**
 * Whether so few of `total` endpoints are healthy that health is to be ignored and all are used (Envoy
 * `healthy_panic_threshold`, default 50%). A threshold of 0 turns it off. Never overrides an open breaker: that is for
 * the caller to keep.
 */
export function panics(healthy: number, total: number, thresholdPercent: number = 50): boolean {
  return total > 0 && 100 * healthy < thresholdPercent * total
}
