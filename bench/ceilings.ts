/**
 * Bounds of what can be counted without a clock; `ceilings.test.ts` holds them. Whoever raises one writes why, in place of the reason
 * that stands there. One that is far above what is measured is to be lowered.
 */
import type { Bytes } from './size/bundle.ts'

interface Ceiling {
  readonly most: number
  readonly reason: string
}

/** Of a package's own code, minified and gzipped, without what it imports. In bytes. */
export const ownBytes: Readonly<Record<string, Ceiling>> = {
  '@headgate/breaker': { most: 3300, reason: 'first measure: 3,179' },
  '@headgate/cli': { most: 15800, reason: 'first measure: 15,304' },
  '@headgate/config': { most: 15800, reason: 'first measure: 15,244' },
  '@headgate/dialect': { most: 8650, reason: '8,421: a long first chunk is copied, so that it can be freed' },
  '@headgate/express': { most: 750, reason: 'first measure: 724' },
  '@headgate/fastify': { most: 950, reason: 'first measure: 906' },
  '@headgate/gateway-api': { most: 47600, reason: 'first measure: 46,194' },
  headgate: { most: 44200, reason: '42,838: request lines for loggers, more metrics' },
  '@headgate/hono': { most: 1000, reason: 'first measure: 952' },
  '@headgate/limiter': { most: 3000, reason: '2,932: a record for each slot, and the last key is remembered' },
  '@headgate/matcher': { most: 9300, reason: 'first measure: 8,991' },
  '@headgate/otel': { most: 7150, reason: '6,895: server metrics of GenAI, content by option' },
  '@headgate/prometheus': { most: 8550, reason: '8,291: snapshots of workers, OpenMetrics with exemplars, cost' },
  '@headgate/proxy': {
    most: 20_000,
    reason: '19,488: memory of bodies is freed once it is sent, where nobody else can have it',
  },
  '@headgate/retry': { most: 2050, reason: '2,010: a first try without an async function' },
  '@headgate/selector': { most: 3500, reason: '3,395: the index of the ring, and bounds of logarithms' },
  '@headgate/testing': { most: 6500, reason: 'first measure: 6,305' },
}

/** Of a package with all that it imports. */
export const wholeBytes: Readonly<Record<string, Ceiling & { readonly figure: keyof Bytes }>> = {
  headgate: { figure: 'gzip', most: 361_000, reason: '354,179, most of it undici and zod' },
}

/** Instantiations by the compiler for each route of a config of that many. */
export const instantiationsPerRoute: Readonly<Record<number, Ceiling>> = {
  100: { most: 42, reason: 'first measure: 38.4' },
  300: { most: 42, reason: 'first measure: 38.1; the same as at 100, so that it grows with the routes and not faster' },
}

/** For one call of the works in `instructions/work.ts`, by an interpreter. They move with the version of Node as well. */
export const instructionsPerCall: Readonly<Record<string, Ceiling>> = {
  decision: {
    most: 155_000,
    reason: 'first measure: 139,000 to 146,000: match, limits, split, breaker, ledger; clock and chance move it',
  },
  'request-head': { most: 134_500, reason: 'first measure: 128,530 for seven fields' },
  reply: { most: 135_500, reason: 'first measure: 129,080 for a head of three fields and 1 KiB' },
  'stream-chunk': { most: 30_100, reason: 'first measure: 28,915' },
  model: { most: 73_200, reason: 'first measure: 69,840 for 1 KiB' },
  'stream-facts': { most: 325_500, reason: 'first measure: 310,220 for 21 events' },
}
