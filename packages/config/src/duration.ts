/** Durations as text (GEP-2257) and as milliseconds. It knows no bounds but the format's own: the schema sets them. */

type Hours = `${number}h`
type Minutes = `${number}m`
type Seconds = `${number}s`
type Millis = `${number}ms`

/**
 * A duration such as `250ms`, `30s` or `1h30m` (GEP-2257, larger units first). The type is a help while typing; what is
 * accepted is decided by {@link parseDuration}, which also refuses `-5s` and `1.5s`.
 */
export type DurationText =
  | Hours
  | Minutes
  | Seconds
  | Millis
  | `${Hours}${Minutes}`
  | `${Hours}${Seconds}`
  | `${Hours}${Millis}`
  | `${Minutes}${Seconds}`
  | `${Minutes}${Millis}`
  | `${Seconds}${Millis}`
  | `${Hours}${Minutes}${Seconds}`
  | `${Hours}${Minutes}${Millis}`
  | `${Hours}${Seconds}${Millis}`
  | `${Minutes}${Seconds}${Millis}`
  | `${Hours}${Minutes}${Seconds}${Millis}`

/** GEP-2257: one to four numbers of up to five digits, each with a unit. */
export const durationPattern: RegExp = /^([0-9]{1,5}(h|m|s|ms)){1,4}$/

const unitNames = ['h', 'm', 's', 'ms'] as const
const unitMs = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const
const maxCount = 99_999

type UnitName = (typeof unitNames)[number]

/**
 * Milliseconds of a GEP-2257 duration; `undefined` where the text is none (a bare number, a sign, a fraction, a blank).
 * Units may come in any order and more than once, they are summed: `1h30m`, `90m` and `30m1h` are equal.
 */
export function parseDuration(text: string): number | undefined {
  if (!durationPattern.test(text)) return undefined
  let total = 0
  for (const [, count, unit] of text.matchAll(/([0-9]+)(ms|h|m|s)/g)) {
    total += Number(count) * unitMs[unit as UnitName]
  }
  return total
}

/**
 * The shortest text among those with larger units first and each unit used once: `5400000` is `90m`, `90000` is `90s`,
 * `86400000` is `24h`, `0` is `0s`. `parseDuration` gives back the same number.
 *
 * @throws RangeError for what has no such text: negative, fractional or not finite, or 100,000 hours and more.
 */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s'
  let best: string | undefined
  // Each subset of the units, as four bits; hours are the highest bit, so that of two equally short texts the one with larger units stays.
  for (let subset = 15; subset > 0 && Number.isInteger(ms) && ms > 0; subset--) {
    const text = inUnits(ms, subset)
    if (text !== undefined && (best === undefined || text.length < best.length)) best = text
  }
  if (best === undefined) {
    throw new RangeError(`No duration text for ${ms} ms: expected a whole number from 0 to less than 100,000 hours`)
  }
  return best
}

function inUnits(ms: number, subset: number): string | undefined {
  let rest = ms
  let text = ''
  for (const [index, name] of unitNames.entries()) {
    if ((subset & (8 >> index)) === 0) continue
    const count = Math.floor(rest / unitMs[name])
    if (count > maxCount) return undefined
    if (count > 0) text += `${count}${name}`
    rest -= count * unitMs[name]
  }
  return rest === 0 ? text : undefined
}
