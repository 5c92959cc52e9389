import { expect, test } from 'vitest'

import { addressesOf, isLocal, runsOf } from './addresses.ts'
import { backendConfig } from './exports.case.ts'

function of(...endpoints: readonly string[]): ReturnType<typeof addressesOf> {
  const [backend] = backendConfig({ endpoints }).backends
  return backend === undefined ? [] : addressesOf(backend)
}

test.for<[string, string, number, string, boolean]>([
  ['http://10.0.0.1:8000', '10.0.0.1', 8000, 'IPv4', false],
  ['http://10.0.0.1', '10.0.0.1', 80, 'IPv4', false],
  ['https://[fd00::1]', 'fd00::1', 443, 'IPv6', true],
  ['https://api.example.com', 'api.example.com', 443, 'FQDN', true],
])('%s is %s at port %i', ([url, host, port, type, isTls]) => {
  expect(of(url)).toEqual([{ host, port, type, isTls }])
})

test.for<[string, boolean]>([
  ['http://127.0.0.1:1', true],
  ['http://localhost:1', true],
  ['http://[::1]:1', true],
  ['http://169.254.1.1:1', true],
  ['http://[fe80::1]:1', true],
  ['http://10.0.0.1:1', false],
  ['http://vllm:1', false],
])('%s is known to this machine only: %s', ([url, expected]) => {
  expect(of(url).map(isLocal)).toEqual([expected])
})

test('neighbours of one port and type are one run, and the order stays', () => {
  const runs = runsOf(
    of('http://10.0.0.1:1', 'http://10.0.0.2:1', 'http://10.0.0.3:2', 'http://a:2', 'http://10.0.0.4:1'),
  )
  expect(runs.map((run) => run.map(({ host }) => host))).toEqual([
    ['10.0.0.1', '10.0.0.2'],
    ['10.0.0.3'],
    ['a'],
    ['10.0.0.4'],
  ])
})
