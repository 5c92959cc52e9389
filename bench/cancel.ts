/**
 * How soon a backend hears that its caller has left: `pnpm cancel --aborts 20000`. Callers leave while they upload, while they wait
 * for the head, for the first event, and in the middle of a stream; the gateway is a process of its own. Fails when a count does not
 * come back to 0 or a backend hears nothing.
 */
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { connectRaw, event } from '@headgate/testing'
import { openRemote } from './soak/remote.ts'

const phases = [
  'uploading',
  'waiting for the head',
  'waiting for the first event',
  'in the middle of a stream',
] as const
type Phase = (typeof phases)[number]

/** Longest wait for one backend to hear of it, and for the counts at the end. */
const patienceMs = 5000
/** Few enough that callers wait for the gateway, and not for the processor. */
const connections = 8

const { values } = parseArgs({ options: { aborts: { type: 'string', default: '20000' } } })
const aborts = Number(values.aborts)

/** Those who wait for the backend to be as far as their phase, and then for its end of the connection. */
interface Watch {
  readonly phase: Phase
  readonly reached: () => void
  readonly heard: () => void
}

const watches = new Map<string, Watch>()
const sse = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'
const first = event({ choices: [{ delta: { content: 'one' } }] })
const replies: Readonly<Record<Phase, string>> = {
  uploading: '',
  'waiting for the head': '',
  'waiting for the first event': sse,
  'in the middle of a stream': `${sse}${first.length.toString(16)}\r\n${first}\r\n`,
}

/** Reads the id of the one request of a connection, and answers as its phase wants. */
function serve(socket: Socket): void {
  let text = ''
  let watch: Watch | undefined
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    if (watch !== undefined) return
    text += chunk.toString('latin1')
    const id = /\r\nx-id: (\w+)\r\n(?:.*\r\n)*\r\n/.exec(text)?.[1]
    watch = id === undefined ? undefined : watches.get(id)
    if (watch === undefined) return
    const reply = replies[watch.phase]
    if (reply === '') watch.reached()
    else socket.write(reply, watch.reached)
  })
  socket.on('end', () => socket.end())
  socket.once('close', () => watch?.heard())
}

async function leave(url: string, number: number): Promise<readonly [Phase, number]> {
  const phase = phases[number % phases.length] ?? 'uploading'
  const id = `c${number}`
  const reached = Promise.withResolvers<void>()
  const heard = Promise.withResolvers<void>()
  watches.set(id, { phase, reached: reached.resolve, heard: heard.resolve })
  const client = await connectRaw(url)
  const length = phase === 'uploading' ? 100_000 : 2
  await client.write(`POST /once HTTP/1.1\r\nhost: h\r\nx-id: ${id}\r\ncontent-length: ${length}\r\n\r\n{}`)
  // Nothing goes out before the first bytes of a long upload.
  if (phase === 'uploading') await client.write('x'.repeat(50_000))
  await reached.promise
  if (phase === 'in the middle of a stream') await (await client.reply('POST')).until('one')
  const leftAt = performance.now()
  if (number % 8 < 4) client.abort()
  else client.fin()
  const late = new AbortController()
  await Promise.race([
    heard.promise,
    pause(patienceMs, undefined, { signal: late.signal }).then(() => {
      throw new Error(`a backend heard nothing of a caller that left ${phase}`)
    }),
  ])
  late.abort()
  watches.delete(id)
  return [phase, performance.now() - leftAt]
}

function quantile(sorted: readonly number[], share: number): string {
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN).toFixed(2)
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const server = createServer({ allowHalfOpen: true, noDelay: true }, serve)
const backend = await listening(server)
const gateway = await openRemote(backend, backend)
/** Lets callers leave one after the other, on as many connections at once as there are. */
async function leaveAll(url: string, count: number): Promise<Map<Phase, number[]>> {
  const times = new Map<Phase, number[]>(phases.map((phase) => [phase, []]))
  let begun = 0
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (begun < count) {
        const [phase, ms] = await leave(url, begun++)
        times.get(phase)?.push(ms)
      }
    }),
  )
  return times
}

// The same callers without a gateway show what the machine itself takes just now.
const direct = await leaveAll(backend, aborts / 10)
const times = await leaveAll(gateway.url, aborts)
const until = performance.now() + patienceMs
let { held } = await gateway.state()
while (Object.values(held).some((count) => count !== 0) && performance.now() < until) {
  await pause(20)
  held = (await gateway.state()).held
}
console.log(`${aborts} callers left, ${connections} at a time; ms until the backend saw its connection end`)
const rows = [
  ...times,
  ['all', [...times.values()].flat()],
  ['without a gateway', [...direct.values()].flat()],
] as const
for (const [name, all] of rows) {
  const sorted = all.toSorted((a, b) => a - b)
  const [median, most, last] = [quantile(sorted, 0.5), quantile(sorted, 0.99), quantile(sorted, 1)]
  console.log(`  ${name.padEnd(28)} median ${median.padStart(7)}  p99 ${most.padStart(7)}  longest ${last.padStart(7)}`)
}
const left = Object.entries(held).filter(([, count]) => count !== 0)
for (const [name, count] of left) console.log(`  FAILED: ${name} is ${count} at the end`)
process.exitCode = left.length > 0 ? 1 : 0
await gateway.close()
server.close()
