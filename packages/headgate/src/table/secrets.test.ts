import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { resolveSecret } from './secrets.ts'

const none = new Map<string, string>()
let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headgate-secrets-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
  vi.unstubAllEnvs()
})

test('a variable, with its prefix', () => {
  vi.stubEnv('HEADGATE_TEST_KEY', 'k')
  expect(resolveSecret({ env: 'HEADGATE_TEST_KEY', prefix: 'Bearer ' }, none)).toBe('Bearer k')
})

test('a file, without its last line break', () => {
  const file = join(folder, 'key')
  writeFileSync(file, 'k\n')
  expect(resolveSecret({ file }, none)).toBe('k')
})

test.for(['a\nb', 'a\rb', 'a\0b', 'é€'])('%j cannot be a header value, and the problem does not print it', (text) => {
  const file = join(folder, 'key')
  writeFileSync(file, text)
  expect(resolveSecret({ file }, none)).toEqual({
    problem: expect.stringMatching(/^the file .*key holds a line break/),
  })
})

test('what is not there is named, never its value', () => {
  expect(resolveSecret({ env: 'HEADGATE_TEST_UNSET' }, none)).toEqual({
    problem: 'the environment variable HEADGATE_TEST_UNSET is not set',
  })
  expect(resolveSecret({ file: join(folder, 'none') }, none)).toEqual({
    problem: expect.stringContaining('cannot be read'),
  })
})

test('a secret that was given beside the config', () => {
  expect(resolveSecret({ secret: 'ns/name/key' }, new Map([['ns/name/key', 'k']]))).toBe('k')
  expect(resolveSecret({ secret: 'ns/name/key' }, none)).toEqual({
    problem: 'the secret ns/name/key is not among the secrets that were given',
  })
})
