/** `headgate serve --metrics` as a process, and `headgate export` of what goes with it. */

import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { failure, json, startUpstream } from '@headgate/testing'
import { describe, expect, test } from 'vitest'
import { parseCommand } from '../src/arguments.ts'
import type { MonitoringCommand } from '../src/arguments.ts'
import { exportMonitoring } from '../src/metrics/export-monitoring.ts'
import { ask } from './ask.ts'
import { configOf, writeConfig } from './config.ts'
import { Program, temporaryFolder } from './program.ts'

const words = ['--listen', 'http=127.0.0.1:0', '--metrics', '127.0.0.1:0']
/** Each test starts processes, and all of them at once. */
const patient = { timeout: 60_000 }

async function metricsOf(program: Program): Promise<string> {
  const { address } = await program.event('metrics-ready')
  const { status, body } = await ask(String(address), '/metrics')
  expect(status).toBe(200)
  return body
}

/** Value of the one line that begins so. */
function valueOf(text: string, series: string): number {
  const found = text.split('\n').find((line) => line.startsWith(`${series} `))
  if (found === undefined) throw new Error(`no series ${series} in\n${text}`)
  return Number(found.slice(series.length + 1))
}

async function askAll(program: Program, address: string, count: number): Promise<void> {
  for (let at = 0; at < count; at++) await ask(address, '/')
  await program.event('request-ended', count)
}

const served = 'kgateway_requests_total{route="b0",rule="b0",method="GET",code="200"}'

describe.concurrent('serve', patient, () => {
  test('the names of the kgateway document, at an address of their own', async () => {
    using folder = temporaryFolder()
    await using upstream = await startUpstream([failure(503), json({})])
    const rules = [{ backends: [{ backend: 'b' }], retry: { retries: 1, on: ['5xx'], backoff: { base: 1, max: 2 } } }]
    const backends = [{ name: 'b', endpoints: [upstream.url] }]
    const config = configOf({}, { backends, routes: [{ name: 'r', rules }] } as never)
    await using program = new Program([
      'serve',
      writeConfig(folder.path, config),
      ...words,
      '--metrics-prefix',
      'kgateway',
    ])
    const { http = '' } = await program.ready()
    await askAll(program, http, 1)
    const text = await metricsOf(program)
    expect(valueOf(text, 'kgateway_retry_count{upstream_cluster="b"}')).toBe(1)
    expect(valueOf(text, 'kgateway_upstream_rq_5xx{upstream_cluster="b"}')).toBe(1)
    expect(valueOf(text, 'kgateway_upstream_rq_xx{upstream_cluster="b",code_class="2xx"}')).toBe(1)
    expect(valueOf(text, 'kgateway_upstream_cx_active{upstream_cluster="b"}')).toBeGreaterThanOrEqual(1)
    expect(valueOf(text, 'kgateway_circuit_breaker_open{upstream_cluster="b"}')).toBe(0)
    expect(valueOf(text, 'kgateway_request_duration_seconds_count{route="r",rule="r"}')).toBe(1)
    // The listener of the gateway itself serves none.
    expect((await ask(http, '/metrics')).body).not.toContain('kgateway_')
  })

  test('without --metrics nothing listens, and an address that is taken is a start that fails', async () => {
    using folder = temporaryFolder()
    await using upstream = await startUpstream(json({}))
    const file = writeConfig(folder.path, configOf({ '/': upstream.url }))
    await using program = new Program(['serve', file, '--listen', 'http=127.0.0.1:0'])
    const { http = '' } = await program.ready()
    expect(program.log.some(({ event }) => event === 'metrics-ready')).toBe(false)
    await using second = new Program(['serve', file, '--listen', 'http=127.0.0.1:0', '--metrics', http])
    expect(await second.exit).toBe(1)
    expect(second.log.at(-1)).toMatchObject({ event: 'start-refused' })
    expect(second.errors).toContain(`${http} is in use`)
    expect(second.output).toEqual([])
  })

  test('in OpenMetrics, with the traces of callers and the cost of tokens', async () => {
    using folder = temporaryFolder()
    await using upstream = await startUpstream(json({ model: 'm-2026-01-02', usage: { completion_tokens: 500_000 } }))
    const file = writeConfig(folder.path, configOf({ '/v1/chat/completions': upstream.url }))
    const prices = `${folder.path}/prices.json.txt`
    writeFileSync(prices, JSON.stringify({ m: { input: 1, output: 3 } }))
    const options = ['--metrics-format', 'openmetrics', '--metrics-prices', prices, '--workers', '2']
    await using program = new Program(['serve', file, ...words, ...options])
    const { http = '' } = await program.ready()
    const traceId = '0af7651916cd43dd8448eb211c80319c'
    await ask(http, '/v1/chat/completions', { traceparent: `00-${traceId}-b7ad6b7169203331-01` })
    await program.event('request-ended')
    const text = await metricsOf(program)
    expect(valueOf(text, 'headgate_cost_total{upstream_cluster="b0",model="m"}')).toBe(1.5)
    expect(text).toMatch(
      new RegExp(String.raw`^headgate_request_duration_seconds_bucket.* # \{trace_id="${traceId}"\}`, 'm'),
    )
    expect(text).toContain('# UNIT headgate_request_duration_seconds seconds\n')
    expect(text.endsWith('# EOF\n')).toBe(true)
    await using second = new Program(['serve', file, ...words, '--metrics-prices', file])
    expect(await second.exit).toBe(1)
    expect(second.log.at(-1)).toMatchObject({
      event: 'start-refused',
      msg: expect.stringContaining(`prices ${file}: "version"`) as string,
    })
  })

  test('reloads that took effect and such as were refused are counted', async () => {
    using folder = temporaryFolder()
    await using upstream = await startUpstream(json({}))
    const file = writeConfig(folder.path, configOf({ '/': upstream.url }))
    await using program = new Program(['serve', file, ...words])
    await program.ready()
    writeFileSync(file, '{')
    program.process.kill('SIGHUP')
    await program.event('reload-refused')
    expect(valueOf(await metricsOf(program), 'headgate_config_reloads_refused_total')).toBeGreaterThanOrEqual(1)
    const before = program.log.filter(({ event }) => event === 'config-reloaded').length
    writeConfig(folder.path, configOf({ '/': upstream.url, '/b': upstream.url }))
    await program.event('config-reloaded', before + 1)
    const text = await metricsOf(program)
    expect(valueOf(text, 'headgate_config_reloads_total')).toBeGreaterThanOrEqual(1)
    expect(valueOf(text, 'headgate_config_version')).toBe(valueOf(text, 'headgate_config_reloads_total') + 1)
  })

  test('a connection that says nothing does not keep it from ending', async () => {
    using folder = temporaryFolder()
    const file = writeConfig(folder.path, configOf({ '/': 'http://127.0.0.1:1' }))
    await using program = new Program(['serve', file, ...words])
    await program.ready()
    const { address } = await program.event('metrics-ready')
    const socket = connect(Number(String(address).split(':')[1]), '127.0.0.1')
    await new Promise((resolve) => socket.once('connect', resolve))
    program.process.kill('SIGTERM')
    expect(await program.exit).toBe(0)
    socket.destroy()
  })
})

describe.concurrent('workers', patient, () => {
  test('what all of them counted is added up, and stays when one of them dies', async () => {
    using folder = temporaryFolder()
    await using upstream = await startUpstream(json({}))
    const file = writeConfig(folder.path, configOf({ '/': upstream.url }))
    await using program = new Program(['serve', file, ...words, '--workers', '2', '--metrics-prefix', 'kgateway'])
    const { http = '' } = await program.ready()
    await askAll(program, http, 6)
    expect(new Set(program.log.flatMap((line) => (line.event === 'request-ended' ? [line['worker']] : []))).size).toBe(
      2,
    )
    const text = await metricsOf(program)
    expect(valueOf(text, served)).toBe(6)
    expect(valueOf(text, 'kgateway_config_version')).toBe(1)
    process.kill(await program.worker(1), 'SIGKILL')
    await program.event('worker-died')
    expect(valueOf(await metricsOf(program), served)).toBe(6)
    await program.event('worker-started', 3)
    await ask(http, '/')
    await program.event('request-ended', 7)
    expect(valueOf(await metricsOf(program), served)).toBe(7)
  })

  test('reloads stay counted when all workers were replaced', async () => {
    using folder = temporaryFolder()
    const file = writeConfig(folder.path, configOf({ '/': 'http://127.0.0.1:1' }))
    await using program = new Program(['serve', file, ...words, '--workers', '2'])
    await program.ready()
    const config = async (): Promise<number[]> => {
      const text = await metricsOf(program)
      return ['reloads_total', 'version'].map((name) => valueOf(text, `headgate_config_${name}`))
    }
    expect(await config()).toEqual([0, 1])
    program.process.kill('SIGHUP')
    await program.event('config-reloaded')
    expect(await config()).toEqual([1, 2])
    for (const number of [1, 2]) process.kill(await program.worker(number), 'SIGKILL')
    await program.event('worker-started', 4)
    expect(await config()).toEqual([1, 2])
    program.process.kill('SIGHUP')
    await program.event('config-reloaded', 2)
    expect(await config()).toEqual([2, 3])
  })
})

describe('export', () => {
  test.for([
    ['prometheus-rules', /^groups:\n {2}- name: kgateway-alerts\n {4}rules:\n {6}- alert: HighErrorRate\n/],
    [
      'prometheus-operator',
      /^apiVersion: monitoring.coreos.com\/v1\nkind: ServiceMonitor\n[^]*\nkind: PrometheusRule\n/,
    ],
    ['grafana', /^\{\n {2}"title": "Inference gateway \(kgateway\)"/],
  ] as const)('%s', ([to, expected]) => {
    const command = parseCommand(['export', '--to', to, '--metrics-prefix', 'kgateway']) as MonitoringCommand
    let text = ''
    expect(exportMonitoring(command, (more) => (text += more))).toBe(0)
    expect(text).toMatch(expected)
  })
})
