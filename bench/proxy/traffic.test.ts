import { expect, test } from 'vitest'
import { askedBy, asks, bodyOf, headBytes, isAskName } from './traffic.ts'

test.for(Object.keys(asks).filter(isAskName))(
  'a body that asks for %s is JSON of its size and says so first',
  (name) => {
    const body = bodyOf(name)
    expect(body).toHaveLength(asks[name].bodyBytes)
    expect(JSON.parse(body.toString())).toMatchObject({ model: name })
    expect(askedBy(body.subarray(0, 40))).toBe(name)
  },
)

test('a body of somebody else asks for nothing', () => {
  expect(askedBy(Buffer.from('{"model":"gpt-4"}'))).toBeUndefined()
  expect(askedBy(Buffer.from('{"a":1}'))).toBeUndefined()
})

test('lines that are given replace those of the same name', () => {
  const head = headBytes(3, 'chat', { path: '/x', fields: ['host: mine', 'x-a: b'] }).toString()
  expect(head).toMatch(/^POST \/x HTTP\/1\.1\r\n/)
  expect(head.match(/^host:.*$/gim)).toEqual(['host: mine'])
  expect(head).toContain('\r\nX-Model: model-3\r\n')
  expect(head.endsWith('\r\nx-a: b\r\n\r\n')).toBe(true)
})
