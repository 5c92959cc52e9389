/** Scrapes as series: read from the text format, and written as `promtool test rules` wants them. */

export type Scrape = ReadonlyMap<string, number>

/** Every sample by its name and labels, as written. */
export function readScrape(text: string): Scrape {
  const samples = new Map<string, number>()
  for (const line of text.split('\n')) {
    const found = /^([a-zA-Z_:][\w:]*(?:\{.*\})?) (\S+)$/.exec(line)
    if (found?.[1] !== undefined) samples.set(found[1], found[2] === '+Inf' ? Infinity : Number(found[2]))
  }
  return samples
}

export interface InputSeries {
  readonly series: string
  readonly values: string
}

/** One scrape a minute; where a series is not there yet stands `_`. */
export function inputSeries(scrapes: readonly Scrape[], named: RegExp): InputSeries[] {
  const names = new Set(scrapes.flatMap((scrape) => [...scrape.keys()].filter((name) => named.test(name))))
  return Array.from(names, (series) => ({
    series,
    values: scrapes.map((scrape) => scrape.get(series) ?? '_').join(' '),
  }))
}

/** How much the series of this name have grown in the five minutes up to `minute`, together. */
export function growth(scrapes: readonly Scrape[], minute: number, named: RegExp): number {
  let sum = 0
  for (const [name, value] of scrapes[minute] ?? new Map<string, number>()) {
    if (named.test(name)) sum += value - (scrapes[Math.max(0, minute - 5)]?.get(name) ?? value)
  }
  return sum
}
