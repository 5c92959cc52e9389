/** `headgate serve` as a process: real files, real signals, real sockets. */

import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { chunk, gate, head, json, lastChunk, startUpstream, steps } from '@headgate/testing'
import { describe, expect, test } from 'vitest'
import { ask, open } from './ask.ts'
import { configOf, writeConfig } from './config.ts'
import { Program, temporaryFolder } from './program.ts'

const chunkedHead = head(200, [['transfer-encoding', 'chunked']])
/** Each test starts processes, and all of them at once. */
const patient = { timeout: 60_000 }
const listen = ['--listen', 'http=127.0.0.1:0']

describe.concurrent('start', patient, () => {
  test('it says where it is ready, serves, logs without the query, and ends with 0 on SIGTERM', async () => {
    using folder = temporaryFolder()
    await using upstream = await startUpstream(json({ from: 'upstream' }))
    const file = writeConfig(folder.path, configOf({ '/v1': upstream.url }))
    await using program = new Program(['serve', file, ...listen])
    const { http = '' } = await program.ready()
    expect(await ask(http, '/v1/models?key=secret')).toMatchObject({ status: 200, body: '{"from":"upstream"}' })
    expect(await program.event('request-ended')).toMatchObject({ level: 'info', path: '/v1/models', status: 200 })
    program.process.kill('SIGTERM')
    expect(await program.exit).toBe(0)
    expect(program.errors).not.toContain('secret')
    expect(program.output).toEqual([`ready http=${http}`])
  })

  test('files with errors are refused with every problem at its place', async () => {
    using folder = temporaryFolder()
    const config = configOf({ '/v1': 'http://127.0.0.1:1', '/v2': 'ftp://127.0.0.1' }, { name: '' })
    await using program = new Program(['serve', writeConfig(folder.path, config), ...listen])
    expect(await program.exit).toBe(1)
    const problems = program.log.filter(({ event, level }) => event === 'diagnostic' && level === 'error')
    expect(problems.length).toBeGreaterThanOrEqual(2)
    for (const problem of problems) {
      expect(problem).toMatchObject({ file: join(folder.path, 'gateway.json'), line: expect.any(Number) as number })
    }
    expect(program.log.at(-1)).toMatchObject({ event: 'start-refused', level: 'fatal' })
    expect(program.output).toEqual([])
  })

  test('a file that is not there is named', async () => {
    await using program = new Program(['serve', '/nowhere/a.yaml', ...listen])
    expect(await program.exit).toBe(1)
    expect(program.log[0]?.msg).toMatch(/^\/nowhere\/a\.yaml:1: error: there is no such file/)
  })

  test('a listener that is not there is named with the nearest', async () => {
    using folder = temporaryFolder()
    const file = writeConfig(folder.path, configOf({ '/': 'http://127.0.0.1:1' }))
    await using program = new Program(['serve', file, '--listen', 'htp=127.0.0.1:0'])
    expect(await program.exit).toBe(1)
    expect(program.errors).toContain('did you mean http?')
  })

  test('an address that is taken is named', async () => {
    using folder = temporaryFolder()
    const holder = createServer()
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve))
    const { port } = holder.address() as AddressInfo
    const file = writeConfig(folder.path, configOf({ '/': 'http://127.0.0.1:1' }))
    await using program = new Program(['serve', file, '--listen', `http=127.0.0.1:${port}`])
    expect(await program.exit).toBe(1)
    expect(program.log.at(-1)?.msg).toContain(`127.0.0.1:${port} is in use`)
    holder.close()
  })

  test('a credential that is not set is named, and one that is set is never shown', async () => {
    using folder = temporaryFolder()
    await using upstream = await startUpstream(json({}))
    const backends = [
      {
        name: 'b',
        endpoints: [upstream.url],
        headers: [{ name: 'authorization', value: { env: 'HEADGATE_TEST_KEY' } }],
      },
    ]
    const rules = [{ backends: [{ backend: 'b' }] }]
    const file = writeConfig(folder.path, configOf({}, { backends, routes: [{ name: 'r', rules }] }))
    await using refused = new Program(['serve', file, ...listen], { HEADGATE_TEST_KEY: '' })
    expect(await refused.exit).toBe(1)
    expect(refused.errors).toContain('HEADGATE_TEST_KEY')
    await using program = new Program(['serve', file, ...listen, '--log-level', 'debug'], {
      HEADGATE_TEST_KEY: 'sk-value',
    })
    const { http = '' } = await program.ready()
    await ask(http, '/')
    await program.event('request-ended')
    expect((await upstream.request(1)).header('authorization')).toBe('sk-value')
    expect(program.errors).not.toContain('sk-value')
  })
})

describe.concurrent('reload', patient, () => {
  test('SIGHUP takes new files over, and requests go on', async () => {
    using folder = temporaryFolder()
    await using one = await startUpstream(json({ from: 'one' }))
    await using two = await startUpstream(json({ from: 'two' }))
    const file = writeConfig(folder.path, configOf({ '/': one.url }))
    await using program = new Program(['serve', file, ...listen])
    const { http = '' } = await program.ready()
    writeFileSync(file, JSON.stringify(configOf({ '/': two.url })))
    program.process.kill('SIGHUP')
    await program.event('config-reloaded')
    expect((await ask(http, '/')).body).toBe('{"from":"two"}')
  })

  test('SIGHUP reads again even where nothing seems to have changed', async () => {
    using folder = temporaryFolder()
    const file = writeConfig(folder.path, configOf({ '/': 'http://127.0.0.1:1' }))
    await using program = new Program(['serve', file, ...listen])
    await program.ready()
    program.process.kill('SIGHUP')
    expect(await program.event('config-reloaded')).toMatchObject({ routes: 1, backends: 1 })
  })

  test('a file that is replaced is noticed', async () => {
    using folder = temporaryFolder()
    await using one = await startUpstream(json({ from: 'one' }))
    await using two = await startUpstream(json({ from: 'two' }))
    await using program = new Program(['serve', writeConfig(folder.path, configOf({ '/': one.url })), ...listen])
    const { http = '' } = await program.ready()
    writeConfig(folder.path, configOf({ '/': two.url }))
    await program.event('config-reloaded')
    expect((await ask(http, '/')).body).toBe('{"from":"two"}')
  })

  test('a link that is swapped, as in a mounted ConfigMap, is noticed', async () => {
    using folder = temporaryFolder()
    using first = temporaryFolder()
    using second = temporaryFolder()
    await using one = await startUpstream(json({ from: 'one' }))
    await using two = await startUpstream(json({ from: 'two' }))
    writeConfig(first.path, configOf({ '/': one.url }))
    writeConfig(second.path, configOf({ '/': two.url }))
    symlinkSync(first.path, join(folder.path, '..data'))
    symlinkSync(join('..data', 'gateway.json'), join(folder.path, 'gateway.json'))
    await using program = new Program(['serve', join(folder.path, 'gateway.json'), ...listen])
    const { http = '' } = await program.ready()
    symlinkSync(second.path, join(folder.path, '..data_tmp'))
    renameSync(join(folder.path, '..data_tmp'), join(folder.path, '..data'))
    await program.event('config-reloaded')
    expect((await ask(http, '/')).body).toBe('{"from":"two"}')
  })

  test('a file that comes into a folder is noticed', async () => {
    using folder = temporaryFolder()
    const file = writeConfig(folder.path, configOf({ '/': 'http://127.0.0.1:1' }))
    await using program = new Program(['serve', folder.path, ...listen])
    await program.ready()
    writeConfig(folder.path, configOf({ '/': 'http://127.0.0.1:1' }), 'second.json')
    const refused = await program.event('reload-refused')
    expect(refused.msg).toContain('the gateway goes on as it was')
    expect(program.errors).toContain(file.replace('gateway', 'second'))
  })

  test('a listener that goes is closed, and opened again when it comes back', async () => {
    using folder = temporaryFolder()
    await using upstream = await startUpstream(json({ from: 'upstream' }))
    const web = { name: 'http', port: 80, protocol: 'HTTP' } as const
    const admin = { name: 'admin', port: 81, protocol: 'HTTP' } as const
    const both = configOf({ '/': upstream.url }, { listeners: [web, admin] })
    const file = writeConfig(folder.path, both)
    await using program = new Program(['serve', file, ...listen, '--listen', 'admin=127.0.0.1:0'])
    const before = await program.ready()
    writeConfig(folder.path, configOf({ '/': upstream.url }, { listeners: [web] }))
    expect(await program.event('listener-closed')).toMatchObject({ listener: 'admin' })
    await program.event('config-reloaded')
    await expect(ask(before['admin'] ?? '', '/')).rejects.toThrow('ECONNREFUSED')
    expect((await ask(before['http'] ?? '', '/')).status).toBe(200)
    writeConfig(folder.path, both)
    const { listener, address } = await program.event('listener-opened')
    expect(listener).toBe('admin')
    expect((await ask(String(address), '/')).status).toBe(200)
  })

  test.for([
    ['with a mistake', '{"version": 1, "routes": [{]}'],
    ['caught empty', ''],
    ['with a wrong value', JSON.stringify(configOf({ '/': 'ftp://127.0.0.1' }))],
    [
      'whose listener has another name',
      JSON.stringify(configOf({}, { listeners: [{ name: 'web', port: 80, protocol: 'HTTP' }] })),
    ],
  ] as const)('a file %s changes nothing and says why', async ([, bad]) => {
    using folder = temporaryFolder()
    await using upstream = await startUpstream(json({ from: 'upstream' }))
    const good = configOf({ '/': upstream.url })
    const file = writeConfig(folder.path, good)
    await using program = new Program(['serve', file, ...listen])
    const { http = '' } = await program.ready()
    writeFileSync(file, bad)
    program.process.kill('SIGHUP')
    await program.event('reload-refused')
    expect(program.log.some(({ event, level }) => event === 'diagnostic' && level === 'error')).toBe(true)
    expect((await ask(http, '/')).status).toBe(200)
    writeConfig(folder.path, good)
    await program.event('config-reloaded')
  })
})

describe.concurrent('end', patient, () => {
  test('a stream in flight ends whole, and nobody new is let in', async () => {
    using folder = temporaryFolder()
    const rest = gate()
    const streaming = steps(chunkedHead, chunk('begin '), rest, chunk('end'), lastChunk())
    await using upstream = await startUpstream(streaming)
    await using program = new Program(['serve', writeConfig(folder.path, configOf({ '/': upstream.url })), ...listen])
    const { http = '' } = await program.ready()
    const response = await open(http, '/')
    program.process.kill('SIGTERM')
    await program.event('gateway-stopping')
    await expect(ask(http, '/')).rejects.toThrow(/ECONNREFUSED|socket hang up|ECONNRESET/)
    rest.release()
    expect(await text(response)).toBe('begin end')
    expect(await program.exit).toBe(0)
  })

  test('what does not end in time is broken off, visibly, and the exit code is 0', async () => {
    using folder = temporaryFolder()
    const endless = steps(chunkedHead, chunk('begin '), gate())
    await using upstream = await startUpstream(endless)
    const file = writeConfig(folder.path, configOf({ '/': upstream.url }))
    await using program = new Program(['serve', file, ...listen, '--drain', '50ms'])
    const { http = '' } = await program.ready()
    const response = await open(http, '/')
    program.process.kill('SIGINT')
    await expect(text(response)).rejects.toThrow('aborted')
    expect(await program.exit).toBe(0)
  })
})
