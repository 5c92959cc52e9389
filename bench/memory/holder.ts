/** A process that makes many of one thing: `holder.ts WHAT COUNT`. It tells what each of them holds, in bytes. */
import { KeyedLimiter } from '@headgate/limiter'
import { FastRateLimit } from 'fast-ratelimit'
import { Gateway, defineConfig } from 'headgate'
import type { GatewayConfig } from 'headgate'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { ownMemory } from '../proxy/messages.ts'

const yearMs = 365 * 24 * 3_600_000

/** Routes told apart by host, path and header, with a split, retries and timeouts each. */
function configOf(count: number): GatewayConfig {
  return defineConfig({
    version: 1,
    backends: [
      { name: 'stable', endpoints: ['http://127.0.0.1:1'], breaker: {} },
      { name: 'canary', endpoints: ['http://127.0.0.1:2'], breaker: {} },
    ],
    routes: Array.from({ length: count }, (_, index) => ({
      name: `route-${index}`,
      hostnames: [`team-${index % 10}.models.test`],
      rules: [
        {
          matches: [
            {
              path: { type: 'Exact' as const, value: `/v1/${index >> 4}/chat` },
              headers: [{ name: 'x-model', value: `model-${index}` }],
            },
          ],
          backends: [
            { backend: 'stable', weight: 90 },
            { backend: 'canary', weight: 10 },
          ],
          retry: { retries: 2, on: ['5xx' as const, 'reset' as const], perTry: '20s' as const },
          timeouts: { request: '60s' as const, headers: '30s' as const },
        },
      ],
    })),
  })
}

const keys = (count: number): string[] => Array.from({ length: count }, (_, index) => `tenant-${index}`)

/** Each gives what is to be kept. */
const makers: Readonly<Record<string, (count: number) => () => unknown>> = {
  // With its routes in the plain config as well: an application that keeps none of its own holds this.
  routes: (count) => () => new Gateway(configOf(count)),
  '@headgate/limiter': (count) => () => {
    const limiter = new KeyedLimiter({ tokens: 100, everyMs: yearMs, maxKeys: count })
    for (const key of keys(count)) limiter.take(key, performance.now())
    return limiter
  },
  'fast-ratelimit': (count) => () => {
    const limiter = new FastRateLimit({ threshold: 100, ttl: 3600 })
    for (const key of keys(count)) limiter.consumeSync(key)
    return limiter
  },
  'rate-limiter-flexible': (count) => async () => {
    const limiter = new RateLimiterMemory({ points: 100, duration: 3600 })
    for (const key of keys(count)) await limiter.consume(key)
    return limiter
  },
}

const [what = '', countText = ''] = process.argv.slice(2)
const count = Number(countText)
const make = makers[what]?.(count)
if (make === undefined) throw new RangeError(`nothing is called ${what}`)
const before = ownMemory(true)
const kept = await make()
const after = ownMemory(true)
const bytes = (after.heapUsed - before.heapUsed + after.external - before.external) / count
process.send?.(kept === undefined ? Number.NaN : bytes)
process.exit()
