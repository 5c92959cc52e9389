/** One function: a logarithm that is the same to the bit on every machine. It does not know what it is drawn for. */

const powers = Float64Array.from({ length: 33 }, (_, zeros) => 2 ** (zeros - 31))

/**
 * -ln((value + 1/2) / 2^32) for an integer from 0 to 2^32 - 1, to 11 decimal places. Math.log may differ between engines
 * in its last bit, and replicas must agree: this uses only operations that IEEE 754 fixes to the bit.
 */
export function negativeLogarithm(value: number): number {
  const zeros = Math.clz32(value)
  // The mantissa lies in [1, 2); s = (m - r) / (m + r) with r = sqrt(2) keeps ln(m / r) = 2 atanh(s) short.
  const mantissa = (value + 0.5) * (powers[zeros] as number)
  const s = (mantissa - Math.SQRT2) / (mantissa + Math.SQRT2)
  const q = s * s
  const series = 1 + q * (1 / 3 + q * (1 / 5 + q * (1 / 7 + q * (1 / 9 + q * (1 / 11 + q * (1 / 13))))))
  return (zeros + 0.5) * Math.LN2 - 2 * s * series
}

const steps = 1024

/**
 * Bounds of it, by the upper ten bits of the value: it is never below the one and never above the other, with room for the rounding
 * of one multiplication on each side.
 */
export const leastLogarithm: Float64Array = Float64Array.from({ length: steps }, (_, step) =>
  Math.max(0, -Math.log((step + 1) / steps) - margin(step)),
)
export const mostLogarithm: Float64Array = Float64Array.from({ length: steps }, (_, step) =>
  step === 0 ? 23 : -Math.log(step / steps) + margin(step),
)

function margin(step: number): number {
  return 1e-9 * (1 - Math.log((step + 1) / steps))
}
