/**
 * What do failures cost? A primary that always fails under an even load, one healthy fallback: how often is the primary called, and does
 * every caller get an answer; how long does a caller wait at most under a deadline; is `Retry-After` ever undercut.
 *
 * `npx -y pnpm@12 failover --seconds 25 --rate 200`
 */
import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import { Gateway, nodeHandler } from 'headgate'
import type { GatewayConfigInput } from 'headgate'
import { median } from './report/statistics.ts'

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '25' }, rate: { type: 'string', default: '200' } },
})
const seconds = Number(values.seconds)
const rate = Number(values.rate)

interface Listening extends AsyncDisposable {
  readonly url: string
}

async function serve(listener: RequestListener): Promise<Listening> {
  const server: Server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

type Backend = NonNullable<GatewayConfigInput['backends']>[number]
type Rule = NonNullable<NonNullable<GatewayConfigInput['routes']>[number]['rules']>[number]

function gatewayOf(backends: readonly Backend[], rule: Rule): Gateway {
  const [first] = backends
  const rules = [{ backends: [{ backend: first?.name }], ...rule }]
  return new Gateway({ version: 1, backends, routes: [{ name: 'chat', rules }] })
}

function ask(url: string): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  return fetch(`${url}/v1/chat/completions`, { method: 'POST', headers, body: '{"model":"m"}' })
}

/** Sends `rate` requests a second, evenly, whatever becomes of those before. */
async function load(url: string, each: (second: number, reply: Response) => void): Promise<void> {
  const began = performance.now()
  const under: Promise<void>[] = []
  for (let sent = 0; sent < seconds * rate;) {
    const due = Math.floor(((performance.now() - began) * rate) / 1000)
    for (; sent < Math.min(due, seconds * rate); sent++) {
      const second = Math.floor(sent / rate)
      under.push(
        ask(url).then(async (reply) => {
          await reply.arrayBuffer()
          each(second, reply)
        }),
      )
    }
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  await Promise.all(under)
}

async function failing(breaker: Backend['breaker']): Promise<void> {
  const calls = new Map<number, number>()
  const began = performance.now()
  await using primary = await serve((_request, response) => {
    const second = Math.floor((performance.now() - began) / 1000)
    calls.set(second, (calls.get(second) ?? 0) + 1)
    response.writeHead(500).end('{}')
  })
  await using reserve = await serve((_request, response) => void response.end('{}'))
  const gate = gatewayOf(
    [
      { name: 'primary', endpoints: [primary.url], ...(breaker === undefined ? {} : { breaker }) },
      { name: 'reserve', endpoints: [reserve.url] },
    ],
    { retry: { retries: 3, on: ['5xx'] }, fallback: { backends: ['reserve'] } },
  )
  await using front = await serve(nodeHandler(gate))
  let good = 0
  await load(front.url, (_second, reply) => {
    if (reply.status === 200) good++
  })
  const window = 10
  const later = [...calls].filter(([second]) => second >= window && second < seconds)
  const asked = later.reduce((sum, [, count]) => sum + count, 0)
  const ratio = asked / ((seconds - window) * rate)
  const name = breaker === undefined ? 'without a breaker' : 'with a breaker (5 failures, 10 s)'
  console.log(`${name}: ${good} of ${seconds * rate} callers answered 200;`)
  console.log(`  requests to the primary for each of the callers, after the first ${window} s: ${ratio.toFixed(4)}`)
  await gate.close()
}

async function deadline(): Promise<void> {
  await using silent = await serve((request: IncomingMessage) => void request.resume())
  const gate = gatewayOf([{ name: 'silent', endpoints: [silent.url], retryBudget: false }], {
    retry: { retries: 3, on: ['reset'], perTry: '600ms' },
    timeouts: { request: '2s' },
  })
  await using front = await serve(nodeHandler(gate))
  const wait = async (): Promise<number> => {
    const began = performance.now()
    await (await ask(front.url)).arrayBuffer()
    return performance.now() - began
  }
  const all = async (everyMs: number): Promise<number[]> => {
    const waits: Promise<number>[] = []
    for (let sent = 0; sent < 400; sent++) {
      waits.push(wait())
      if (everyMs > 0) await new Promise((resolve) => setTimeout(resolve, everyMs))
    }
    return Promise.all(waits)
  }
  // The first ones open connections and compile code.
  await all(0)
  for (const [how, everyMs] of [
    ['one each 5 ms', 5],
    ['all at once', 0],
  ] as const) {
    const waits = await all(everyMs)
    const [middle, longest] = [median(waits), Math.max(...waits)].map((ms) => ms.toFixed(0))
    console.log(`a deadline of 2 s, 400 callers, ${how}: median ${middle} ms, longest ${longest} ms`)
  }
  await gate.close()
}

async function retryAfter(): Promise<void> {
  const waits = [50, 100, 200, 400, 800, 0]
  const seen: number[] = []
  await using limited = await serve((_request, response) => {
    const wait = waits[seen.length] ?? 0
    seen.push(performance.now())
    if (wait > 0) response.writeHead(429, { 'retry-after-ms': String(wait) }).end('{}')
    else response.end('{}')
  })
  const gate = gatewayOf([{ name: 'limited', endpoints: [limited.url] }], {
    retry: { retries: 5, on: ['rate-limited'], backoff: { base: 1, max: 2 } },
  })
  await using front = await serve(nodeHandler(gate))
  await (await ask(front.url)).arrayBuffer()
  const gaps = seen.slice(1).map((at, index) => at - (seen[index] ?? 0))
  const told = gaps.map((gap, index) => `${gap.toFixed(0)} after ${waits[index]}`)
  const undercut = gaps.filter((gap, index) => gap < (waits[index] ?? 0)).length
  console.log(`Retry-After: waits in ms: ${told.join(', ')}; undercut: ${undercut}`)
  await gate.close()
}

await deadline()
await retryAfter()
await failing(undefined)
await failing({ failures: 5, openFor: '10s' })
