/** What does a rate limit cost a call? headgate's keyed buckets beside rate-limiter-flexible and fast-ratelimit. */
import { KeyedLimiter } from '@headgate/limiter'
import { FastRateLimit } from 'fast-ratelimit'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { verdict } from './goals.ts'
import type { Goal } from './goals.ts'
import { compare } from './harness.ts'
import type { Contestant, Settings, Table } from './harness.ts'
import { bytesPerKey, limiters } from './limiter/memory.ts'
import { range } from './numbers.ts'

type Call = Contestant<string, boolean | Promise<boolean>>

const seconds = 3600

function contestantsFor(tokens: number, maxKeys: number = 100_000): Call[] {
  const options = { tokens, everyMs: seconds * 1000, maxKeys }
  const inside = new KeyedLimiter(options)
  const clocked = new KeyedLimiter(options)
  const flexible = new RateLimiterMemory({ points: tokens, duration: seconds })
  const fast = new FastRateLimit({ threshold: tokens, ttl: seconds })
  const clock = { now: 0.5 }
  const yes = (): boolean => true
  const no = (): boolean => false
  return [
    { name: '@headgate/limiter, time handed in', call: (key) => inside.take(key, (clock.now += 1e-6)) },
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

interface Work {
  readonly title: string
  readonly items: string[]
  readonly tokens: number
  /** All tokens are taken before anything is timed. */
  readonly exhausted: boolean
  /** Most of fast-ratelimit's time, where there is a goal. */
  readonly most?: number
}

const ours = '@headgate/limiter, time handed in'

function goalsOf({ most }: Work): Goal[] {
  const beforeMemoryStore = { row: ours, peer: 'rate-limiter-flexible', most: 1 }
  return [...(most === undefined ? [] : [{ row: ours, peer: 'fast-ratelimit', most }]), beforeMemoryStore]
}

function run(work: Work, settings: Settings): Promise<Table> {
  const { title, items, tokens, exhausted } = work
  const small = Math.min(tokens, 100)
  const twins = new Map(contestantsFor(small).map((twin) => [twin.name, twin]))
  const contestants = contestantsFor(tokens, Math.max(items.length, 1000))
  const check = async (one: Call): Promise<void> => {
    await checkCount(small, twins.get(one.name) ?? one)
    for (const key of items) {
      for (let count = 0; exhausted && count < tokens; count++) await one.call(key)
      if ((await one.call(key)) === exhausted) throw new Error(`${title}: ${one.name} is wrong for ${key}`)
    }
  }
  return compare({ title, items, check, contestants, goals: goalsOf(work) }, settings)
}

function runFresh(many: readonly string[], settings: Settings): Promise<Table> {
  const title = '8,192 keys, admitted, each call with a new string for its key'
  const contestants = withFreshKeys(contestantsFor(2 ** 31))
  const items = many.map((key) => Buffer.from(key, 'latin1'))
  const check = async ({ name, call }: Contestant<Buffer, boolean | Promise<boolean>>): Promise<void> => {
    for (const bytes of items)
      if (!(await call(bytes))) throw new Error(`${title}: ${name} is wrong for ${String(bytes)}`)
  }
  return compare({ title, items, check, contestants }, settings)
}

function memory(keys: number): Table {
  const bytes = new Map(limiters.map((name) => [name, bytesPerKey(name, keys)]))
  const name = `${keys.toLocaleString('en-US')} keys, bytes for each beside its string`
  const own = bytes.get('@headgate/limiter') ?? Number.NaN
  return {
    name,
    title: name,
    figures: [{ key: 'bytes', title: 'bytes a key', unit: '', against: 'ratio' }],
    rows: [...bytes].map(([limiter, each]) => ({ name: limiter, samples: { bytes: [each] } })),
    absent: [],
    verdicts: [verdict('@headgate/limiter, bytes a key', own, 48)],
  }
}

/** Far apart, so that one call does not find what the last one left in a cache. */
function scattered(count: number): string[] {
  return range(count).map((index) => `tenant-${Math.imul(index, 0x9e3779b1) >>> 0}`)
}

export async function limiter(settings: Settings): Promise<Table[]> {
  const many = range(8192).map((index) => `tenant-${index}`)
  const enough = 2 ** 31
  const work: Work[] = [
    { title: 'one key, admitted', items: ['tenant-1'], tokens: enough, exhausted: false, most: 1.2 },
    { title: '8,192 keys, admitted', items: many, tokens: enough, exhausted: false },
    { title: '8,192 keys, refused', items: many, tokens: 3, exhausted: true },
    { title: '1,048,576 keys, admitted', items: scattered(2 ** 20), tokens: enough, exhausted: false, most: 0.75 },
  ]
  const tables: Table[] = []
  for (const one of work) tables.push(await run(one, settings))
  return [...tables, await runFresh(many, settings), memory(1_000_000)]
}
