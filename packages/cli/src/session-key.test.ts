import { defineConfig } from '@headgate/config'
import type { GatewayConfigInput, SecretRef } from '@headgate/config'
import { expect, test } from 'vitest'
import { SessionKey } from './session-key.ts'

const secrets = new Map([['a/b/c', 'text']])

function config(session: object | undefined, sessionKey?: SecretRef): ReturnType<typeof defineConfig> {
  const rules = [{ backends: [{ backend: 'b' }], ...(session && { session }) }]
  const input: GatewayConfigInput = {
    version: 1,
    backends: [{ name: 'b' }],
    routes: [{ name: 'r', rules }],
    sessionKey,
  }
  return defineConfig(input)
}

test('without sessions nothing is added', () => {
  const plain = config(undefined)
  expect(new SessionKey({ env: 'KEY' }).provide({ config: plain, secrets }, 'f')).toEqual({
    config: plain,
    secrets,
    notes: [],
  })
})

test.for<[SecretRef | undefined, SecretRef | undefined, SecretRef]>([
  [undefined, { file: 'key' }, { file: 'key' }],
  [{ env: 'KEY' }, undefined, { env: 'KEY' }],
  [{ env: 'KEY' }, { file: 'key' }, { env: 'KEY' }],
])('given %j, and %j in the files, the key is %j', ([given, inFiles, key]) => {
  const found = new SessionKey(given).provide({ config: config({}, inFiles), secrets }, 'f')
  expect([found.config.sessionKey, found.secrets, found.notes]).toEqual([key, secrets, []])
})

test('without a key one is made, the same for every reload, and told', () => {
  const keys = new SessionKey(undefined)
  const first = keys.provide({ config: config({}), secrets }, 'gateway.yaml')
  const second = keys.provide({ config: config({ name: 's' }), secrets: new Map() }, 'gateway.yaml')
  const reference = first.config.sessionKey as { readonly secret: string }
  expect(second.config.sessionKey).toEqual(reference)
  const made = first.secrets.get(reference.secret) ?? ''
  expect(made.length).toBeGreaterThan(40)
  expect(second.secrets.get(reference.secret)).toBe(made)
  expect(first.secrets.get('a/b/c')).toBe('text')
  expect(first.notes).toMatchObject([{ severity: 'warning', code: 'session-key', file: 'gateway.yaml' }])
  const other = new SessionKey(undefined).provide({ config: config({}), secrets }, 'f')
  expect(other.secrets.get(reference.secret)).not.toBe(made)
})
