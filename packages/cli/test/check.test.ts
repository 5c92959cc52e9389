import { expect, test } from 'vitest'
import { parseCommand } from '../src/arguments.ts'
import type { CheckCommand } from '../src/arguments.ts'
import { check } from '../src/check.ts'
import { takeOverWarnings } from '../src/process-warnings.ts'
import { configOf, writeConfig, writeFile } from './config.ts'
import { temporaryFolder } from './program.ts'

// As the program does: the gateway's own warnings are those that the diagnostics have told.
takeOverWarnings(() => {})

async function checked(...words: string[]): Promise<{ code: number; text: string }> {
  let text = ''
  const code = await check(parseCommand(['check', ...words]) as CheckCommand, (more) => (text += more))
  return { code, text }
}

test('sound files have exit code 0 and a summary', async () => {
  using folder = temporaryFolder()
  const file = writeConfig(folder.path, configOf({ '/v1': 'http://127.0.0.1:1' }))
  expect(await checked(file)).toEqual({ code: 0, text: '0 errors, 0 warnings, 0 notes in 1 file\n' })
})

test('each problem has its place, and errors have exit code 1', async () => {
  using folder = temporaryFolder()
  const file = writeFile(
    folder.path,
    'a.yaml',
    'version: 1\nname: g\nbackends:\n  - name: a\n    endpoints: [ftp://a]\n',
  )
  const { code, text } = await checked(file)
  expect(code).toBe(1)
  expect(text).toMatch(new RegExp(`^${file}:5: error: backends`))
  expect(text).toMatch(/\n[1-9]\d* errors?, \d+ warnings?, \d+ notes? in 1 file\n$/)
})

const gatewayText = `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge }
spec:
  gatewayClassName: any
  listeners: [{ name: http, port: 80, protocol: HTTP }]
`
const levels = Array.from({ length: 12 }, (_, at) => `a${at + 1}: &a${at + 1} [${`*a${at},`.repeat(9)}]`).join('\n')

test.for([
  ['a tab', `${gatewayText}\tx: 1\n`, 7],
  ['a key that stands twice', `${gatewayText}kind: Gateway\n`, 7],
  ['a tag of an application', gatewayText.replace('any', '!secret any'), 5],
  ['aliases that multiply', `a0: &a0 x\n${levels}\n`, 2],
  ['a wrong type', gatewayText.replace('port: 80', 'port: many'), 6],
  ['a list in the place of a map', gatewayText.replace('{ name: edge }', '[edge]'), 3],
  ['ten megabytes', `${gatewayText}---\n`.repeat(70_000), 86_353],
  ['two megabytes of line breaks', '\n'.repeat(2_000_000), 524_290],
] as const)('%s is told with file and line', async ([, bad, line]) => {
  using folder = temporaryFolder()
  const file = writeFile(folder.path, 'bad.yaml', bad)
  const { code, text } = await checked(file)
  expect(code).toBe(1)
  expect(text).toContain(`${file}:${line}: error: `)
})

test('the same as data', async () => {
  using folder = temporaryFolder()
  const file = writeFile(folder.path, 'a.yaml', 'a: [\n')
  const { code, text } = await checked(file, '--json')
  expect(code).toBe(1)
  expect(JSON.parse(text)).toMatchObject({
    summary: { files: 1, errors: expect.any(Number) as number },
    diagnostics: [{ severity: 'error', code: 'yaml-syntax', file, line: expect.any(Number) as number }],
  })
})

test('routes without their Gateway can be checked', async () => {
  using folder = temporaryFolder()
  const route = `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: chat }
spec:
  parentRefs: [{ name: inference }]
  rules: [{ backendRefs: [{ name: model, port: 8000 }] }]
`
  const { code, text } = await checked(writeFile(folder.path, 'route.yaml', route))
  expect(text).toContain('[no-gateway]')
  expect(code).toBe(0)
})

test('bounds that workers share are told', async () => {
  using folder = temporaryFolder()
  const backends = [{ name: 'a', endpoints: ['http://a'], capacity: { maxRequests: 9 } }]
  const routes = [{ name: 'r', rules: [{ backends: [{ backend: 'a' }] }] }]
  const file = writeConfig(folder.path, configOf({}, { backends, routes }))
  expect((await checked(file, '--workers', '2')).text).toContain('5 of 9 requests')
  expect((await checked(file)).text).not.toContain('workers')
})

test('names of listeners are checked where they are given', async () => {
  using folder = temporaryFolder()
  const file = writeConfig(folder.path, configOf({ '/v1': 'http://127.0.0.1:1' }))
  expect((await checked(file, '--listen', 'http=127.0.0.1:1')).code).toBe(0)
  const { code, text } = await checked(file, '--listen', 'web=127.0.0.1:1')
  expect(code).toBe(1)
  expect(text).toContain('--listen web: there is no such listener')
})

test('secrets that are missing here are a warning, and none is needed', async () => {
  using folder = temporaryFolder()
  const headers = [
    { name: 'authorization', value: { env: 'HEADGATE_TEST_UNSET' } },
    { name: 'x-key', value: { file: '/nowhere/key' } },
  ]
  const routes = [{ name: 'r', rules: [{ backends: [{ backend: 'a' }] }] }]
  const config = configOf({}, { backends: [{ name: 'a', endpoints: ['http://a'], headers }], routes })
  const { code, text } = await checked(writeConfig(folder.path, config))
  expect(code).toBe(0)
  expect(text).toContain('warning: the environment variable HEADGATE_TEST_UNSET is not set')
  expect(text).toContain('warning: there is no file /nowhere/key')
})

test('a key function, which no file can bring along, is an error', async () => {
  using folder = temporaryFolder()
  const limits = [{ name: 'free', per: { key: 'tenant' }, tokens: 1, every: '1s' } as const]
  const routes = [{ name: 'r', rules: [{ backends: [{ backend: 'a' }], limits: ['free'] }] }]
  const config = configOf({}, { backends: [{ name: 'a', endpoints: ['http://a'] }], limits, routes })
  const { code, text } = await checked(writeConfig(folder.path, config))
  expect(code).toBe(1)
  expect(text).toContain('keyed by the function "tenant"')
})

test('sessions without a key are told, and with one they are not', async () => {
  using folder = temporaryFolder()
  const backends = [{ name: 'a', endpoints: ['http://a'] }]
  const routes = [{ name: 'r', rules: [{ backends: [{ backend: 'a' }], session: {} }] }]
  const file = writeConfig(folder.path, configOf({}, { backends, routes }))
  const told = 'warning: sessions are kept and no key is given'
  for (const more of [[], ['--listen', 'http=127.0.0.1:1']]) {
    expect((await checked(file, ...more)).text).toContain(told)
    expect((await checked(file, ...more, '--session-key', 'file:/nowhere')).text).not.toContain(told)
  }
  const inFile = writeConfig(
    folder.path,
    configOf({}, { backends, routes, sessionKey: { env: 'HEADGATE_TEST_UNSET' } }),
  )
  const { code, text } = await checked(inFile)
  expect(code).toBe(0)
  expect(text).not.toContain(told)
  expect(text).toContain('warning: the environment variable HEADGATE_TEST_UNSET is not set')
})
