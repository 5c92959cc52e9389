/** Decision records of faulty requests by chance, held against what the upstreams themselves wrote down. */

import { Agent } from 'node:http'
import { expect, test } from 'vitest'
import { replayPick, replaySplit } from 'headgate'
import type { AttemptReport, RequestReport } from 'headgate'
import { cutReply, event, eventStream, failure, faultsBeforeReply } from '@headgate/testing'
import { fin, json, reset, seededRandom, startUpstream } from '@headgate/testing'
import type { Script, Step, Upstream } from '@headgate/testing'
import { receivedBytes } from './received.ts'
import { oneRoute, serve } from './serve.ts'
import { apis } from './stream-faults.ts'

/** Requests in all; the nightly run asks for more. */
const requests = Number(process.env['HEADGATE_FUZZ_RUNS'] ?? 500)
const seed = Number(process.env['HEADGATE_FUZZ_SEED'] ?? 1)
const timeout = Math.max(30_000, requests * 20)
const balances = ['round-robin', 'random', 'least-request', 'peak-ewma', 'ring-hash', 'maglev'] as const
const retry = {
  retries: 2,
  on: ['5xx', 'reset', 'connect-failure', 'rate-limited'],
  backoff: { base: 1, max: 2 },
} as const
const backends = ['a', 'b', 'c']
const user = { header: 'x-user' }

const [[, chat], , [, messages]] = apis as [(typeof apis)[number], (typeof apis)[number], (typeof apis)[number]]

type Told = Pick<AttemptReport, 'model' | 'usage'>

/** What one attempt's reply says, in the words of its API. */
interface Words {
  readonly told: Told
  /** What a stream has told that does not come to its end. */
  readonly early: Told
  readonly object: object
  /** Names the model, and says nothing. */
  readonly opening: string
  readonly word: string
  readonly ending: string
  readonly error: (type: string) => string
}

function wordsOf(path: string, n: number): Words {
  const model = `m-${n}`
  const output = n % 97
  const text = 'word '.repeat(20)
  if (path === chat.path) {
    const whole = { model, choices: [], usage: { prompt_tokens: n, completion_tokens: output } }
    return {
      told: { model, usage: { input: n, output } },
      early: { model },
      object: { ...whole, choices: [{ message: { content: text } }] },
      opening: event({ model, choices: [] }),
      word: chat.word(text),
      ending: event(whole) + event('[DONE]'),
      error: (type) => chat.error(type, type),
    }
  }
  const usage = { input_tokens: n, output_tokens: output }
  const start = { type: 'message_start', message: { model, usage: { input_tokens: n } } }
  return {
    told: { model, usage: { input: n, output } },
    early: { model, usage: { input: n } },
    object: { model, content: [{ type: 'text', text }], usage },
    opening: event(start, start.type),
    word: messages.word(text),
    ending: event({ type: 'message_delta', usage }, 'message_delta') + event({ type: 'message_stop' }, 'message_stop'),
    error: (type) => messages.error(type, type),
  }
}

interface Fault {
  readonly script: (words: Words) => Script
  readonly outcome: string
  /** 0: no head. */
  readonly status: number
  /** Another attempt is due where one is left. */
  readonly again?: true
  /** The caller gets it where no later attempt has a reply. */
  readonly kept?: true
  /** Where it goes to the caller, that sees that it is not whole. */
  readonly broken?: true
  /** What it tells of itself; nothing by default. */
  readonly told?: (words: Words) => Told
}

const [again, kept, broken] = [true, true, true] as const
const error = (status: number): Fault => ({ script: () => failure(status), outcome: `${status}`, status })
const noHead = (name: string, outcome: string): Fault => {
  return { script: () => faultsBeforeReply[name] ?? reset, outcome, status: 0, again }
}
/** Ends in the middle of the text. */
const cutObject = (by: 'reset' | 'fin'): Fault => {
  const headers = [['content-type', 'application/json']] as const
  const script = ({ object }: Words): Script => cutReply({ body: JSON.stringify(object), headers, by })
  return { script, outcome: 'reset', status: 200, broken, told: ({ told }) => ({ model: told.model ?? '' }) }
}
const stream = (outcome: string, parts: (words: Words) => readonly Step[]): Fault => {
  const script = (said: Words): Script => eventStream([said.opening, ...parts(said)])
  return { script, outcome, status: 200, told: ({ early }) => early }
}

/** Those that are good come first. */
const faults: readonly Fault[] = [
  { script: ({ object }) => json(object), outcome: 'ok', status: 200, told: ({ told }) => told },
  { ...stream('ok', ({ word, ending }) => [word, word, ending]), told: ({ told }) => told },
  error(400),
  { ...error(429), again, kept },
  { ...error(500), again, kept },
  { ...error(503), again, kept },
  { script: () => cutReply({ status: 503 }), outcome: 'reset', status: 503, again, broken },
  noHead('reset before the reply', 'reset'),
  noHead('close before the reply', 'reset'),
  noHead('reset in the head', 'reset'),
  noHead('status that is no number', 'bad-response'),
  noHead('header line without a colon', 'bad-response'),
  cutObject('reset'),
  cutObject('fin'),
  { ...stream('reset', ({ word }) => [word, reset]), broken },
  { ...stream('reset', ({ word }) => [word, fin]), broken },
  { ...stream('reset', () => [reset]), again, broken },
  { ...stream('error-event', (said) => [said.error('overloaded_error')]), again, kept },
  stream('error-event', (said) => [said.error('invalid_request_error')]),
  stream('error-event', (said) => [said.word, said.error('api_error')]),
  stream('error-event', (said) => [said.word + said.error('api_error')]),
  stream('error-event', (said) => [said.word, said.error('api_error'), 'data: [DONE]\n\n']),
  { ...stream('empty', () => []), again },
  { ...stream('malformed', () => [event('{"model')]), again },
]

/** What the attempts of a request meet. Many are good, or every breaker would be open; none is left out. */
function faultsOf(id: number): readonly (Fault | undefined)[] {
  const random = seededRandom(seed * 1_000_003 + id)
  const drawn = Array.from({ length: 5 }, () => faults[Math.floor(random() * (random() < 0.4 ? 2 : faults.length))])
  return id % 11 === 0 ? drawn.with(0, faults[(id / 11) % faults.length]) : drawn
}

/** One attempt, as an upstream saw it. */
interface Seen {
  readonly backend: string
  readonly endpoint: string
  readonly fault: Fault
  readonly said: Words
}
/** By the `traceparent` of the request, which its record has as well. */
type Log = Map<string, Seen[]>

const keyOf = (id: number): string => `00-${id.toString(16).padStart(32, '0')}-b7ad6b7169203331-01`

async function startLogged(backend: string, log: Log): Promise<Upstream> {
  const upstream: Upstream = await startUpstream((request, connection) => {
    const key = request.header('traceparent') ?? ''
    const id = Number.parseInt(key.slice(3, 35), 16)
    const seen = log.get(key) ?? []
    log.set(key, seen)
    const fault = faultsOf(id)[seen.length]
    if (fault === undefined) throw new Error(`attempt ${seen.length + 1} of ${key}`)
    const said = wordsOf(request.target, id * 10 + seen.length)
    seen.push({ backend, endpoint: upstream.url, fault, said })
    return fault.script(said)(request, connection)
  })
  return upstream
}

/** What the record is to tell of what the upstreams saw, where the backends that were passed over are known. */
function due(seen: readonly Seen[], record: RequestReport): object {
  const passed = record.passed.map(({ backend }) => backend)
  const chosen = record.split?.shares[record.split.chosen]?.backend ?? ''
  let left = [...Array<string>(1 + retry.retries).fill(chosen), ...backends.filter((name) => name !== chosen)]
  let repeated = 0
  let because: string | undefined
  const passOver = (): void => {
    const name = passed.shift()
    expect(name).toBe(left[0])
    if (name === chosen && because !== undefined) repeated++
    because = 'circuit_open'
    left = left.filter((other) => other !== name)
  }
  const attempts = seen.map(({ backend, endpoint, fault: { outcome, status, told }, said }, index) => {
    while (left.length > 0 && left[0] !== backend) passOver()
    left.shift()
    const cause = backend !== chosen ? 'fallback' : index === 0 ? 'first' : 'repeat'
    if (cause === 'repeat') repeated++
    const attempt = { backend, endpoint, cause, because, outcome, status, ...told?.(said) }
    // An error is decided on at its head.
    because = status < 400 ? outcome : `${status}`
    return attempt
  })
  expect(seen.slice(0, -1).filter(({ fault }) => fault.again !== true)).toEqual([])
  const wantsMore = left.length > 0 && seen.at(-1)?.fault.again !== undefined
  while (left.length > 0 && (seen.length === 0 || wantsMore)) passOver()
  expect(passed).toEqual([])
  return { attempts, ...resultOf(seen, wantsMore, repeated) }
}

/** `wantsMore`: another attempt was due after the last one, and no backend had a place for it. */
function resultOf(seen: readonly Seen[], wantsMore: boolean, repeated: number): object {
  const last = seen.at(-1)
  if (last !== undefined && !wantsMore && last.fault.status !== 0) {
    const { backend, fault } = last
    return { result: fault.broken === true ? 'broken' : 'completed', status: fault.status, backend }
  }
  const reply = seen.findLast(({ fault }) => fault.kept === true)
  if (reply !== undefined) return { result: 'completed', status: reply.fault.status, backend: reply.backend }
  // A first and only try that breaks is 502.
  return { result: 'answered', status: last === undefined || wantsMore || repeated > 0 ? 503 : 502 }
}

/** The part of a record that an upstream can know of. */
function recorded({ attempts, result, status, backend }: RequestReport): object {
  const ofUpstream = ['backend', 'endpoint', 'cause', 'because', 'outcome', 'status', 'model', 'usage'] as const
  const told = attempts.map((attempt) => Object.fromEntries(ofUpstream.map((name) => [name, attempt[name]])))
  return { attempts: told, result, status, backend }
}

/** Sums of differences of the same clock's times are off by less. */
const rounding = 1e-6

function checkTimes({ attempts, durationMs, firstByteMs }: RequestReport): void {
  let ended = 0
  for (const attempt of attempts) {
    const sum = Object.values(attempt.phases).reduce((total: number, ms: number) => total + ms, 0)
    expect(Math.abs(sum - attempt.durationMs)).toBeLessThan(rounding)
    expect(Math.min(...Object.values(attempt.phases))).toBeGreaterThanOrEqual(0)
    expect(attempt.startMs).toBeGreaterThanOrEqual(ended - rounding)
    ended = attempt.startMs + attempt.durationMs
  }
  expect(Math.max(ended, firstByteMs)).toBeLessThanOrEqual(durationMs + rounding)
}

function checkChoices({ attempts, passed, split }: RequestReport): void {
  const picks = [...attempts, ...passed].map(({ pick }) => pick)
  expect(picks).not.toContain(undefined)
  expect(picks.map((pick) => pick && replayPick(pick))).toEqual(picks.map((pick) => pick?.chosen))
  for (const { pick, endpoint } of attempts) expect(pick?.candidates[pick.chosen]?.endpoint).toBe(endpoint)
  expect(split && replaySplit(split)).toBe(split?.chosen ?? 'a split')
}

/** Whose the upstreams are. */
const owners = ['a', 'a', 'b', 'b', 'b', 'c', 'c']

/** Backends over the upstreams, each with one of these balances. */
function poolsOf(upstreams: readonly Upstream[], types: readonly string[]) {
  return backends.map((name, at) => {
    const type = balances.find((known) => known === types[at]) ?? 'round-robin'
    return {
      name,
      endpoints: upstreams.filter((_, index) => owners[index] === name).map(({ url }) => url),
      balance: type === 'ring-hash' || type === 'maglev' ? { type, by: user } : { type },
      breaker: { failures: 3, openFor: 20, maxOpenFor: 40 },
      retryBudget: false as const,
      ...(at === 2 ? { capacity: { maxConnections: 2 } } : {}),
    }
  })
}

/** Eight callers at a time. Half of them say who they are. Gives the bytes that each got. */
async function askAll(url: string, count: number): Promise<Map<string, number>> {
  const received = new Map<string, number>()
  const agent = new Agent({ keepAlive: true })
  let sent = 0
  const caller = async (): Promise<void> => {
    while (sent < count) {
      const id = ++sent
      const traceparent = keyOf(id)
      const headers = { traceparent, ...(id % 4 < 2 ? { [user.header]: `user-${id % 50}` } : {}) }
      const target = url + (id % 2 === 0 ? chat.path : messages.path)
      const init = id % 5 === 0 ? { method: 'GET', body: '' } : { method: 'POST', body: '{"model":"m"}' }
      received.set(traceparent, await receivedBytes(target, { ...init, headers, agent }))
    }
  }
  await Promise.all(Array.from({ length: 8 }, caller))
  agent.destroy()
  return received
}

test.for([balances.slice(0, 3).join(), balances.slice(3).join()])(
  '%s: records of faulty requests are what the upstreams saw of them, and every choice can be made again',
  { timeout },
  async (title) => {
    const log: Log = new Map()
    await using upstreams = new AsyncDisposableStack()
    const started = await Promise.all(owners.map(async (name) => upstreams.use(await startLogged(name, log))))
    const split = { backends: backends.map((backend, at) => ({ backend, weight: 3 - at })), sticky: user }
    const rule = { ...split, retry, fallback: { backends } }
    const config = { ...oneRoute({}, rule), backends: poolsOf(started, title.split(',')) }
    await using served = await serve(config, { random: seededRandom(seed) })
    const count = Math.ceil(requests / 2)
    const received = await askAll(served.url, count)
    await served.report(count)
    expect(new Set(served.reports.map(({ traceparent }) => traceparent)).size).toBe(count)
    for (const record of served.reports) {
      const { traceparent: id = '' } = record
      expect({ id, ...recorded(record) }).toEqual({ id, ...due(log.get(id) ?? [], record) })
      expect({ id, bytesOut: record.bytesOut }).toEqual({ id, bytesOut: received.get(id) })
      checkTimes(record)
      checkChoices(record)
    }
    expect(new Set([...log.values()].flat().map(({ fault }) => fault)).size).toBe(faults.length)
    expect(new Set(served.reports.map(({ split }) => split?.by))).toEqual(new Set(['weight', 'sticky']))
  },
)
