/** Exact comparison of products of doubles, for the few cases that rounding could decide. It knows no buckets. */

/**
 * Whether `factor * (now - since) >= count * unit` holds for the numbers as they are, without any rounding.
 * All are finite. Slow (about a microsecond): ask only where doubles cannot tell.
 */
export function exactlyReached(factor: number, since: number, now: number, count: number, unit: number): boolean {
  const left = BigInt(factor) * (fixedPoint(now) - fixedPoint(since))
  const right = (BigInt(count) * BigInt(unit)) << 1074n
  return left >= right
}

/** A finite double times 2^1074, which is always an integer. */
function fixedPoint(value: number): bigint {
  let mantissa = value
  let shift = 1074
  while (!Number.isInteger(mantissa)) {
    mantissa *= 2
    shift--
  }
  return BigInt(mantissa) << BigInt(shift)
}
