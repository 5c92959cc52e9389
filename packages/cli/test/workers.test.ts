/** `headgate serve --workers` as a process: what it prints, what it takes over, what it survives. */

import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { chunk, gate, head, json, lastChunk, startUpstream, steps } from '@headgate/testing'
import { describe, expect, test } from 'vitest'
import { ask, open } from './ask.ts'
import { configOf, writeConfig } from './config.ts'
import { Program, temporaryFolder } from './program.ts'

const words = ['--listen', 'http=127.0.0.1:0', '--workers', '2']
/** Each test starts several processes, and all of them at once. */
const patient = { timeout: 60_000 }

/** Workers that answered, by the log, after as many requests on connections of their own. */
async function workersOf(program: Program, address: string, requests: number): Promise<Set<unknown>> {
  const before = program.log.filter(({ event }) => event === 'request-ended').length
  for (let count = 0; count < requests; count++) await ask(address, '/')
  await program.event('request-ended', before + requests)
  const lines = program.log.filter(({ event }) => event === 'request-ended').slice(before)
  return new Set(lines.map((line) => line['worker']))
}

describe.concurrent('workers', patient, () => {
  test('they share the address, and one line says that all are ready', async () => {
    using folder = temporaryFolder()
    await using upstream = await startUpstream(json({}))
    const capacity = { maxRequests: 11 }
    const backends = [{ name: 'b', endpoints: [upstream.url], capacity }]
    const config = configOf({}, { backends, routes: [{ name: 'r', rules: [{ backends: [{ backend: 'b' }] }] }] })
    await using program = new Program(['serve', writeConfig(folder.path, config), ...words])
    const { http = '' } = await program.ready()
    expect((await workersOf(program, http, 4)).size).toBe(2)
    expect(program.output).toHaveLength(1)
    expect(program.errors).toContain('backend b: each of 2 workers gets its share: 6 of 11 requests')
    program.process.kill('SIGTERM')
    expect(await program.exit).toBe(0)
  })

  test('a reload is in effect in all of them', async () => {
    using folder = temporaryFolder()
    await using one = await startUpstream(json({ from: 'one' }))
    await using two = await startUpstream(json({ from: 'two' }))
    const file = writeConfig(folder.path, configOf({ '/': one.url }))
    await using program = new Program(['serve', file, ...words])
    const { http = '' } = await program.ready()
    writeFileSync(file, JSON.stringify(configOf({ '/': two.url })))
    program.process.kill('SIGHUP')
    await program.event('config-reloaded')
    for (let count = 0; count < 4; count++) expect((await ask(http, '/')).body).toBe('{"from":"two"}')
  })

  test('a session is known to all of them, after a reload and in a replacement too', async () => {
    using folder = temporaryFolder()
    await using one = await startUpstream(json({ from: 'one' }))
    await using two = await startUpstream(json({ from: 'two' }))
    const backends = [{ name: 'b', endpoints: [one.url, two.url] }]
    const config = configOf(
      {},
      { backends, routes: [{ name: 'r', rules: [{ backends: [{ backend: 'b' }], session: {} }] }] },
    )
    const file = writeConfig(folder.path, config)
    await using program = new Program(['serve', file, ...words])
    const { http = '' } = await program.ready()
    expect((await program.event('diagnostic')).msg).toContain('--session-key')
    const first = await open(http, '/')
    const body = await text(first)
    const [field = ''] = first.headers['set-cookie'] ?? []
    const cookie = field.slice(0, field.indexOf(';'))
    const come = async (): Promise<void> => {
      for (let count = 0; count < 4; count++) {
        const reply = await open(http, '/', { cookie })
        expect([await text(reply), reply.headers['set-cookie']]).toEqual([body, undefined])
      }
    }
    await come()
    program.process.kill('SIGHUP')
    await program.event('config-reloaded')
    await come()
    // A worker that is killed takes the lines along that it has not written.
    await program.event('request-ended', 9)
    process.kill(await program.worker(1), 'SIGKILL')
    await program.event('worker-started', 3)
    await come()
    await program.event('request-ended', 13)
    const ended = program.log.filter(({ event }) => event === 'request-ended')
    expect(new Set(ended.map((line) => line['worker']))).toEqual(new Set([1, 2, 3]))
    expect(program.errors).not.toContain(cookie.slice(cookie.indexOf('=') + 1))
  })

  test('a listener that goes is closed in all of them, and opened in all of them when it comes back', async () => {
    using folder = temporaryFolder()
    await using upstream = await startUpstream(json({ from: 'upstream' }))
    const web = { name: 'http', port: 80, protocol: 'HTTP' } as const
    const both = configOf({ '/': upstream.url }, { listeners: [web, { ...web, name: 'admin', port: 81 }] })
    const file = writeConfig(folder.path, both)
    await using program = new Program(['serve', file, ...words, '--listen', 'admin=127.0.0.1:0'])
    const before = await program.ready()
    writeConfig(folder.path, configOf({ '/': upstream.url }, { listeners: [web] }))
    await program.event('config-reloaded')
    await expect(ask(before['admin'] ?? '', '/')).rejects.toThrow('ECONNREFUSED')
    for (let count = 0; count < 4; count++) expect((await ask(before['http'] ?? '', '/')).status).toBe(200)
    writeConfig(folder.path, both)
    const { address } = await program.event('listener-opened')
    for (let count = 0; count < 4; count++) expect((await ask(String(address), '/')).status).toBe(200)
  })

  test('a reload that no worker can build is in effect in none, and the next worker starts with the old files', async () => {
    using folder = temporaryFolder()
    await using upstream = await startUpstream(json({ from: 'upstream' }))
    const file = writeConfig(folder.path, configOf({ '/': upstream.url }))
    await using program = new Program(['serve', file, ...words])
    const { http = '' } = await program.ready()
    const headers = [{ name: 'authorization', value: { env: 'HEADGATE_TEST_UNSET' } }]
    const backends = [{ name: 'b', endpoints: [upstream.url], headers }]
    const routes = [{ name: 'r', rules: [{ backends: [{ backend: 'b' }] }] }]
    writeConfig(folder.path, configOf({}, { backends, routes }))
    expect((await program.event('reload-refused')).msg).toContain('HEADGATE_TEST_UNSET')
    process.kill(await program.worker(1), 'SIGKILL')
    await program.event('worker-started', 3)
    for (let count = 0; count < 4; count++) expect((await ask(http, '/')).status).toBe(200)
  })

  test('one that dies is replaced, and the replacement has the newest files', async () => {
    using folder = temporaryFolder()
    await using one = await startUpstream(json({ from: 'one' }))
    await using two = await startUpstream(json({ from: 'two' }))
    const file = writeConfig(folder.path, configOf({ '/': one.url }))
    await using program = new Program(['serve', file, ...words])
    const { http = '' } = await program.ready()
    writeConfig(folder.path, configOf({ '/': two.url }))
    await program.event('config-reloaded')
    for (const number of [1, 2]) process.kill(await program.worker(number), 'SIGKILL')
    await program.event('worker-started', 4)
    expect(await workersOf(program, http, 4)).toEqual(new Set([3, 4]))
    expect((await ask(http, '/')).body).toBe('{"from":"two"}')
  })

  test('all of them let their streams end before the program does', async () => {
    using folder = temporaryFolder()
    const rest = gate()
    const chunked = head(200, [['transfer-encoding', 'chunked']])
    await using upstream = await startUpstream(steps(chunked, chunk('begin '), rest, chunk('end'), lastChunk()))
    await using program = new Program(['serve', writeConfig(folder.path, configOf({ '/': upstream.url })), ...words])
    const { http = '' } = await program.ready()
    const responses = await Promise.all([1, 2, 3].map(() => open(http, '/')))
    program.process.kill('SIGTERM')
    await program.event('gateway-stopping')
    rest.release()
    expect(await Promise.all(responses.map((response) => text(response)))).toEqual(Array(3).fill('begin end'))
    expect(await program.exit).toBe(0)
  })

  test('signals to the whole group are the business of the primary', async () => {
    using folder = temporaryFolder()
    await using upstream = await startUpstream(json({}))
    await using program = new Program(['serve', writeConfig(folder.path, configOf({ '/': upstream.url })), ...words])
    const { http = '' } = await program.ready()
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.kill(await program.worker(1), signal)
    expect((await workersOf(program, http, 4)).size).toBe(2)
  })

  test('an address that is taken is named once, and nothing is left behind', async () => {
    using folder = temporaryFolder()
    const holder = createServer()
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve))
    const { port } = holder.address() as AddressInfo
    const file = writeConfig(folder.path, configOf({ '/': 'http://127.0.0.1:1' }))
    await using program = new Program(['serve', file, '--workers', '2', '--listen', `http=127.0.0.1:${port}`])
    expect(await program.exit).toBe(1)
    expect(program.log.map(({ event }) => event)).toEqual(['start-refused'])
    expect(program.log[0]?.msg).toContain(`127.0.0.1:${port} is in use`)
    holder.close()
  })
})
