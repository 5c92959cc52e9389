/** What a key costs in memory, measured in a process of its own; run as a program, it is that process. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { KeyedLimiter } from '@headgate/limiter'
import { FastRateLimit } from 'fast-ratelimit'
import { RateLimiterMemory } from 'rate-limiter-flexible'

export const limiters = ['@headgate/limiter', 'fast-ratelimit', 'rate-limiter-flexible'] as const
type Name = (typeof limiters)[number]

/** Bytes for each of so many keys, their strings left out. */
export function bytesPerKey(name: Name, keys: number): number {
  const file = fileURLToPath(import.meta.url)
  const options = ['--expose-gc', '--conditions=@headgate/source', '--max-old-space-size=4096']
  return Number(execFileSync(process.execPath, [...options, file, name, String(keys)], { encoding: 'utf8' }))
}

const seconds = 3600

async function take(name: string, keys: readonly string[]): Promise<unknown> {
  if (name === '@headgate/limiter') {
    const limiter = new KeyedLimiter({ tokens: 100, everyMs: seconds * 1000, maxKeys: keys.length })
    for (const key of keys) limiter.take(key, 0)
    return limiter
  }
  if (name === 'fast-ratelimit') {
    const limiter = new FastRateLimit({ threshold: 100, ttl: seconds })
    for (const key of keys) limiter.consumeSync(key)
    return limiter
  }
  const limiter = new RateLimiterMemory({ points: 100, duration: seconds })
  for (const key of keys) await limiter.consume(key)
  return limiter
}

function used(): number {
  for (let round = 0; round < 3; round++) globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , name = '', count = ''] = process.argv
  const keys = Array.from({ length: Number(count) }, (_, at) => `tenant-${at}`)
  const before = used()
  const limiter = await take(name, keys)
  const after = used()
  if (limiter === undefined || keys.length === 0) throw new Error('nothing was kept')
  console.log((after - before) / keys.length)
  process.exit()
}
