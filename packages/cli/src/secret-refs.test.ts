import { defineConfig } from '@headgate/config'
import { expect, test } from 'vitest'
import { missingVariables, secretFiles, secretRefs, withoutCredentials } from './secret-refs.ts'

const config = defineConfig({
  version: 1,
  name: 'g',
  listeners: [
    {
      name: 'https',
      port: 443,
      protocol: 'HTTPS',
      certificates: [{ certificate: { file: 'tls.crt' }, key: { secret: 'ns/tls/tls.key' } }],
    },
  ],
  backends: [
    {
      name: 'a',
      endpoints: ['http://a'],
      headers: [
        { name: 'authorization', value: { env: 'KEY_A' } },
        { name: 'x-key', value: { file: 'tls.crt' } },
        { name: 'x-plain', value: 'plain' },
      ],
    },
  ],
  routes: [{ name: 'r', rules: [{ backends: [{ backend: 'a' }] }] }],
})

test('references are found wherever they stand', () => {
  expect(secretRefs(config)).toEqual([
    { file: 'tls.crt' },
    { secret: 'ns/tls/tls.key' },
    { env: 'KEY_A' },
    { file: 'tls.crt' },
  ])
})

test('a file that is named twice is listed once', () => {
  expect(secretFiles(config)).toEqual(['tls.crt'])
  expect(secretFiles(undefined)).toEqual([])
})

test('a variable that is empty is missing', () => {
  expect(missingVariables(config, { KEY_A: '' })).toEqual(['KEY_A'])
  expect(missingVariables(config, { KEY_A: 'x' })).toEqual([])
})

test('a copy without credentials needs no variable', () => {
  expect(secretRefs(withoutCredentials(config).backends)).toEqual([])
})
