/** Text of callers and backends that is fit for a line. */

/** Longest path in a line: callers choose it. */
export const mostPath = 1024

/** Longest name that a backend tells. */
export const mostName = 256

/** Control characters (C0, C1), line separators, and what turns the direction of text: a terminal would obey them. */
// oxlint-disable-next-line no-control-regex
const unfit = /[\u0000-\u001F\u007F-\u009F\u200E\u200F\u2028-\u202E\u2066-\u2069]/g

export function shown(text: string, most: number): string {
  const plain = text.replaceAll(unfit, '\uFFFD')
  return plain.length <= most ? plain : `${plain.slice(0, most)}…`
}

export function tenths(ms: number): number {
  return Math.round(ms * 10) / 10
}
