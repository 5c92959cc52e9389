import { expect, test } from 'vitest'

import { edge, load, only } from './manifests.case.ts'

const secret = (body: string): string => `apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: shop}\n${body}`

test('data is decoded, and stringData goes before it', () => {
  const { secrets } = load([edge, secret('data: {a: w6k=, b: aGk=, c: "aGkK\\n  aGk="}\nstringData: {b: plain}')])
  expect([...secrets]).toEqual([
    ['shop/s/a', 'é'],
    ['shop/s/b', 'plain'],
    ['shop/s/c', 'hi\nhi'],
  ])
})

test('a ConfigMap has keys of its own', () => {
  const map = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: s, namespace: shop}\ndata: {a: x}'
  expect([...load([edge, map, secret('stringData: {a: y}')]).secrets]).toEqual([
    ['shop/s/a', 'y'],
    ['shop/configmap:s/a', 'x'],
  ])
})

test.for([
  ['data: {a: "hunter2!"}', 'the value is not base64'],
  ['data: {a: 12345}', 'found a number; expected a text'],
] as const)('a value that is wrong is never shown: %s', ([body, message]) => {
  const result = load([edge, secret(body)])
  expect(only(result, 'invalid-value')).toMatchObject({ severity: 'error', field: 'data.a', message })
  expect(JSON.stringify(result.diagnostics)).not.toMatch(/hunter2|12345/)
})
