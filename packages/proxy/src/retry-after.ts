// What a reply says about when to come back. It reads fields and waits for nothing.

import { sameName } from './field-names.ts'
import { quotaResetMs } from './reset-fields.ts'

/** Longest wait that is taken from a reply, in milliseconds (Envoy `rate_limited_retry_back_off.max_interval`). */
const maxWaitMs = 300_000

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/**
 * Milliseconds to wait, from `retry-after-ms` or `Retry-After` (RFC 9110, 10.2.3: whole seconds or an HTTP date) in a flat header array;
 * at most 300,000. A date in the past gives 0. `epochNow` is the time in milliseconds since 1970. Undefined when there is neither
 * field, or it is anything else. With a `status` of 429 and neither field: until the quota that is used up begins anew.
 */
export function retryAfterMs(headers: readonly string[], epochNow: number, status?: number): number | undefined {
  const ms = field(headers, 'retry-after-ms')
  if (ms !== undefined && /^\d{1,12}(?:\.\d{1,6})?$/.test(ms)) return Math.min(Math.ceil(Number(ms)), maxWaitMs)
  const value = field(headers, 'retry-after')
  if (value === undefined) {
    const resetMs = status === 429 ? quotaResetMs(headers, epochNow) : undefined
    return resetMs === undefined ? undefined : Math.min(resetMs, maxWaitMs)
  }
  if (/^\d+$/.test(value)) return Math.min(Number(value) * 1000, maxWaitMs)
  const date = httpDate(value, epochNow)
  return date === undefined ? undefined : Math.min(Math.max(0, date - epochNow), maxWaitMs)
}

/** The value of a field that stands there once; one that is repeated says nothing certain. */
function field(headers: readonly string[], lowerName: string): string | undefined {
  let value: string | undefined
  for (let index = 0; index + 1 < headers.length; index += 2) {
    if (!sameName(headers[index]!, lowerName)) continue
    if (value !== undefined) return undefined
    value = headers[index + 1]!.trim()
  }
  return value
}

const imfDate = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT$/
const rfc850Date =
  /^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (\d\d)-([A-Z][a-z]{2})-(\d\d) (\d\d):(\d\d):(\d\d) GMT$/
const ascDate = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d) (\d{4})$/

/** The three forms of RFC 9110, 5.6.7. */
function httpDate(value: string, epochNow: number): number | undefined {
  const imf = imfDate.exec(value)
  if (imf) return utc(imf[3]!, imf[2]!, imf[1]!, imf[4]!, imf[5]!, imf[6]!)
  const old = rfc850Date.exec(value)
  if (old) return utc(fullYear(old[3]!, epochNow), old[2]!, old[1]!, old[4]!, old[5]!, old[6]!)
  const asc = ascDate.exec(value)
  return asc ? utc(asc[6]!, asc[1]!, asc[2]!, asc[3]!, asc[4]!, asc[5]!) : undefined
}

/** Two digits that would lie more than 50 years ahead mean the century before. */
function fullYear(digits: string, epochNow: number): string {
  const thisYear = new Date(epochNow).getUTCFullYear()
  const year = thisYear - (thisYear % 100) + Number(digits)
  return String(year > thisYear + 50 ? year - 100 : year)
}

function utc(
  year: string,
  month: string,
  day: string,
  hour: string,
  minute: string,
  second: string,
): number | undefined {
  const monthIndex = months.indexOf(month)
  const dayNumber = Number(day)
  if (monthIndex === -1 || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return undefined
  const time = Date.UTC(Number(year), monthIndex, dayNumber, Number(hour), Number(minute), Number(second))
  return dayNumber >= 1 && new Date(Date.UTC(Number(year), monthIndex, dayNumber)).getUTCDate() === dayNumber
    ? time
    : undefined
}
