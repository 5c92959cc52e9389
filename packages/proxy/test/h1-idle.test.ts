import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, expect, test, vi } from 'vitest'
import { ClockWheel, Endpoint } from '../src/index.ts'
import { run } from './support/collector.ts'
import { answering, rawServer, turns, until } from './support/raw-server.ts'

const runFile = promisify(execFile)
const cleanups: (() => Promise<void>)[] = []

afterEach(async () => {
  vi.useRealTimers()
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

test('a process waits for a reply, also on a connection that was idle, and for no idle connection', async () => {
  const server = await rawServer((socket, received) => {
    const asked = received.split('GET ').length - 1
    const reply = `HTTP/1.1 200 OK\r\nKeep-Alive: timeout=60\r\nContent-Length: 6\r\n\r\nreply${asked}`
    // Late enough for a process that does not wait to be gone.
    void turns(200).then(() => socket.write(reply))
  })
  cleanups.push(() => server.close())
  const script = fileURLToPath(new URL('support/lone-process.ts', import.meta.url))
  const { stdout } = await runFile(process.execPath, ['--conditions=@headgate/source', script, server.url])
  expect([stdout, server.accepted]).toEqual(['reply1reply2', 1])
})

/** An endpoint with one connection that is idle; `hint` is a field of its reply. */
async function resting(hint: string, now: () => number) {
  const server = await answering(`HTTP/1.1 200 OK\r\n${hint}Content-Length: 2\r\n\r\nok`)
  const endpoint = new Endpoint(server.url, new ClockWheel({ now }))
  cleanups.push(
    () => server.close(),
    () => endpoint.destroy(),
  )
  await run(endpoint)
  await until(() => endpoint.idleConnections === 1)
  return { server, endpoint }
}

test.for([
  ['no hint', '', 4_000],
  ['a hint of 10 s', 'Keep-Alive: timeout=10\r\n', 9_000],
] as const)('with %s an idle connection is closed in time', async ([, hint, idleMs]) => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  let now = 1_000
  const { server, endpoint } = await resting(hint, () => now)
  now += idleMs - 1
  vi.advanceTimersByTime(500)
  expect(endpoint.idleConnections).toBe(1)
  now += 1
  vi.advanceTimersByTime(500)
  expect([endpoint.idleConnections, endpoint.activeConnections]).toEqual([0, 0])
  await until(() => server.closed[0] !== undefined)
  expect(vi.getTimerCount()).toBe(0)
})

test('one whose time is over is not taken, also before anybody has looked', async () => {
  let now = 1_000
  const { server, endpoint } = await resting('', () => now)
  now += 4_000
  await run(endpoint)
  expect(server.accepted).toBe(2)
})
