/** What does a rate limit cost a call? headgate's keyed buckets beside rate-limiter-flexible and fast-ratelimit. */
import { KeyedLimiter } from '@headgate/limiter'
import { FastRateLimit } from 'fast-ratelimit'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { compare } from './harness.ts'
import type { Contestant, Settings, Table } from './harness.ts'
import { range } from './numbers.ts'

type Call = Contestant<string, boolean | Promise<boolean>>

const seconds = 3600

function contestantsFor(tokens: number): Call[] {
  const options = { tokens, everyMs: seconds * 1000 }
  const inside = new KeyedLimiter(options)
  const clocked = new KeyedLimiter(options)
  const flexible = new RateLimiterMemory({ points: tokens, duration: seconds })
  const fast = new FastRateLimit({ threshold: tokens, ttl: seconds })
  let now = 0
  const yes = (): boolean => true
  const no = (): boolean => false
  return [
    { name: '@headgate/limiter, time handed in', call: (key) => inside.take(key, (now += 1e-6)) },
    { name: '@headgate/limiter, reading the clock', call: (key) => clocked.take(key, performance.now()) },
    { name: 'fast-ratelimit', call: (key) => fast.consumeSync(key) },
    { name: 'rate-limiter-flexible', awaited: true, call: (key) => flexible.consume(key).then(yes, no) },
  ]
}

/** The same with keys as a server has them: new strings for every request, whose hash V8 does not know yet. */
function withFreshKeys(contestants: readonly Call[]): Contestant<Buffer, boolean | Promise<boolean>>[] {
  const fresh = contestants.map(({ name, call, awaited = false }) => {
    return { name, awaited, call: (bytes: Buffer) => call(bytes.toString('latin1')) }
  })
  return [...fresh, { name: 'making the key, nothing else', call: (bytes) => bytes.toString('latin1') !== '' }]
}

/** A fresh key gets exactly as many calls through as it has tokens. */
async function checkCount(tokens: number, { name, call }: Call): Promise<void> {
  let admitted = 0
  for (let count = 0; count < tokens + 10; count++) if (await call(`check-${name}`)) admitted++
  if (admitted !== tokens) throw new Error(`${name} lets ${admitted} of ${tokens} through`)
}

export async function limiter(settings: Settings): Promise<Table[]> {
  const many = range(8192).map((index) => `tenant-${index}`)
  const work: [title: string, items: string[], tokens: number, exhausted: boolean][] = [
    ['one key, admitted', ['tenant-1'], 2 ** 31, false],
    ['8,192 keys, admitted', many, 2 ** 31, false],
    ['8,192 keys, refused', many, 3, true],
  ]
  const tables: Table[] = []
  for (const [title, items, tokens, exhausted] of work) {
    const small = Math.min(tokens, 100)
    const twins = new Map(contestantsFor(small).map((twin) => [twin.name, twin]))
    const contestants = contestantsFor(tokens)
    const check = async (one: Call): Promise<void> => {
      await checkCount(small, twins.get(one.name) ?? one)
      for (const key of items) {
        for (let count = 0; exhausted && count < tokens; count++) await one.call(key)
        if ((await one.call(key)) === exhausted) throw new Error(`${title}: ${one.name} is wrong for ${key}`)
      }
    }
    tables.push(await compare({ title, items, check, contestants }, settings))
  }
  const title = '8,192 keys, admitted, each call with a new string for its key'
  const contestants = withFreshKeys(contestantsFor(2 ** 31))
  const items = many.map((key) => Buffer.from(key, 'latin1'))
  const check = async ({ name, call }: Contestant<Buffer, boolean | Promise<boolean>>): Promise<void> => {
    for (const bytes of items)
      if (!(await call(bytes))) throw new Error(`${title}: ${name} is wrong for ${String(bytes)}`)
  }
  tables.push(await compare({ title, items, check, contestants }, settings))
  return tables
}
