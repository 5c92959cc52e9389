/** Who gets which target, who gets none, and until when. The digest stands in for HMAC: it is keyed, and that is all. */

import fc from 'fast-check'
import { expect, test } from 'vitest'

import { hash32 } from './hash.ts'
import { SessionValues, type SessionOptions } from './session.ts'

/** 28 characters that depend on key and text; what it says of the text is worth nothing to an attacker with the key only. */
function digestWith(key: string): (text: string) => string {
  return (text) => [1, 2, 3, 4].map((seed) => hash32(`${key}\n${text}`, seed).toString(36).padStart(7, '0')).join('')
}

const began = Date.UTC(2026, 0, 2)
const targets = ['stable http://a:1', 'stable http://b:1', 'canary http://a:1']

function values(options: Partial<SessionOptions> = {}): SessionValues {
  return new SessionValues({ scope: 'chat/0', targets, digest: digestWith('key'), ...options })
}

test('a value leads back to its target, at any time and in any order of the targets', () => {
  const order = fc.shuffledSubarray(targets, { minLength: 3 })
  fc.assert(
    fc.property(order, order, fc.nat(2), fc.nat(4_000_000_000_000), fc.nat(), (one, other, target, start, later) => {
      const value = values({ targets: one }).issue(target, start, start)
      const reading = values({ targets: other }).read(value, start + later)
      expect(other[reading?.target ?? -1]).toBe(one[target])
      expect(reading).toMatchObject({ startedAt: start, renew: false })
    }),
  )
})

test('a value is cookie text of one length and says nothing of its target', () => {
  const own = values()
  for (const [index] of targets.entries()) {
    const value = own.issue(index, began, began)
    expect(value).toMatch(/^[0-9a-zA-Z_-]+$/)
    expect(value).toHaveLength(own.length)
    expect(value).not.toBe(values({ digest: digestWith('other') }).issue(index, began, began))
  }
})

test.for<[string, SessionValues]>([
  ['another key', values({ digest: digestWith('other') })],
  ['another scope', values({ scope: 'chat/1' })],
  ['a scope that begins alike', values({ scope: 'chat/0 stable' })],
  ['a target that is not there', values({ targets: ['stable http://c:1'] })],
  ['a target of another name and the same address', values({ targets: ['blue http://a:1'] })],
  ['no targets', values({ targets: [] })],
])('with %s it is nothing', ([, others]) => {
  expect(others.read(values().issue(0, began, began), began)).toBeUndefined()
})

test('a value that was changed anywhere is nothing', () => {
  const own = values({ recogniseGone: true, absoluteTimeoutMs: 1000, idleTimeoutMs: 1000 })
  const value = own.issue(1, began, began)
  expect(own.read(value, began)).toBeDefined()
  for (let at = 0; at < value.length; at++) {
    for (const letter of ['0', 'z', '-', '\u0000', '😀'.charAt(0)]) {
      if (value.charAt(at) === letter) continue
      expect(own.read(value.slice(0, at) + letter + value.slice(at + 1), began)).toBeUndefined()
    }
  }
})

test('anything that is no value is nothing', () => {
  const own = values({ recogniseGone: true })
  const text = fc.oneof(fc.string(), fc.string({ minLength: own.length, maxLength: own.length }))
  fc.assert(
    fc.property(text, (value) => {
      expect(own.read(value, began)).toBeUndefined()
    }),
  )
  const value = own.issue(0, began, began)
  for (const near of ['', value.slice(1), value.slice(0, -1), `${value} `, `"${value}"`, `${value}${value}`])
    expect(own.read(near, began)).toBeUndefined()
  for (const name of ['__proto__', 'constructor', 'toString']) expect(own.read(name, began)).toBeUndefined()
})

test.for<[passed: number, alive: boolean]>([
  [0, true],
  [999, true],
  [1000, false],
  [1001, false],
  [-5000, true],
])('with 1 s from its start it lives after %d ms: %s', ([passed, alive]) => {
  const own = values({ absoluteTimeoutMs: 1000 })
  expect(own.read(own.issue(0, began, began), began + passed) !== undefined).toBe(alive)
  // Issued anew it does not begin anew.
  expect(own.read(own.issue(0, began, began + 900), began + passed) !== undefined).toBe(alive)
})

test.for<[passed: number, renew: boolean | undefined]>([
  [0, false],
  [99, false],
  [100, true],
  [1600, true],
  [1699, true],
  [1700, undefined],
])('with 1.6 s since its last use, after %d ms it is to be renewed: %s', ([passed, renew]) => {
  const own = values({ idleTimeoutMs: 1600 })
  expect(own.read(own.issue(0, began - 100_000, began), began + passed)?.renew).toBe(renew)
})

test('used again and again it lives until its absolute end', () => {
  const own = values({ idleTimeoutMs: 1000, absoluteTimeoutMs: 10_000 })
  let value = own.issue(2, began, began)
  let now = began
  for (; now < began + 10_000; now += 900) {
    const reading = own.read(value, now)
    expect(reading).toMatchObject({ target: 2, startedAt: began })
    if (reading?.renew === true) value = own.issue(2, reading.startedAt, now)
  }
  expect(own.read(value, now)).toBeUndefined()
})

test('a target that is gone is recognised where that is asked for, and is still no forgery', () => {
  const value = values().issue(0, began, began)
  const left = { targets: targets.slice(1), recogniseGone: true }
  expect(values(left).read(value, began)).toEqual({ target: -1, startedAt: began, renew: false })
  expect(values({ ...left, scope: 'x' }).read(value, began)).toBeUndefined()
  expect(values({ ...left, absoluteTimeoutMs: 1 }).read(value, began + 1)).toBeUndefined()
})

test('reading costs one digest, and none for a target that is not its own', () => {
  let digests = 0
  const counted = (text: string): string => {
    digests++
    return digestWith('key')(text)
  }
  const many = values({ targets: Array.from({ length: 50 }, (_, at) => `t${at}`), digest: counted })
  const value = many.issue(49, began, began)
  digests = 0
  many.read(value, began)
  expect(digests).toBe(1)
  many.read(values().issue(0, began, began), began)
  many.read('x'.repeat(many.length), began)
  expect(digests).toBe(1)
})

test('a digest that is too short is refused', () => {
  expect(() => values({ digest: () => 'short' })).toThrow(RangeError)
})
