import { describe, expect, test } from 'vitest'
import { Machine } from './machine.ts'
import { parse } from './parse.ts'
import { maxInstructions, write } from './program.ts'

const machine = (source: string): Machine => new Machine(write(parse(source)))
const length = 100_000

describe('the steps grow with the text and nothing else', () => {
  test.for<[string, string]>([
    ['(a+)+$', `${'a'.repeat(length)}b`],
    ['(a*)*b', 'a'.repeat(length)],
    ['(a|a)*b', 'a'.repeat(length)],
    ['(a|aa)+$', `${'a'.repeat(length)}!`],
    ['(.*,){20}x', 'a,'.repeat(length / 2)],
    ['.*.*.*=.*', 'x'.repeat(length)],
  ])('%s', ([source, text]) => {
    const fresh = machine(source)
    expect(fresh.test(text)).toBe(false)
    expect(fresh.steps).toBeLessThan(text.length + 20_000)
  })

  test('a pattern whose automaton has more states than are remembered', () => {
    const source = '(a|b)*a(a|b){14}'
    const fresh = machine(source)
    let bits = 1
    const text = Array.from({ length }, () => {
      bits = (Math.imul(bits, 1_103_515_245) + 12_345) >>> 0
      return bits & 0x1_0000 ? 'a' : 'b'
    }).join('')
    expect(fresh.test(text)).toBe(text.at(-15) === 'a')
    expect(fresh.steps).toBeLessThan(length * 4 * write(parse(source)).length)
  })
})

test('the memory of a pattern is bounded, and an emptied memory gives the same answers', () => {
  const source = '(a|b)*a(a|b){10}'
  const old = machine(source)
  let most = 0
  for (let bits = 0; bits < 4096; bits++) {
    const text = bits.toString(2).padStart(12, '0').replaceAll('0', 'a').replaceAll('1', 'b')
    expect(old.test(text)).toBe(text.at(-11) === 'a')
    most = Math.max(most, old.size)
  }
  expect(most).toBe(128)
})

test('a program of many different characters remembers fewer states', () => {
  const source = Array.from({ length: 500 }, (_, index) => String.fromCodePoint(0x4e00 + index * 2)).join('|')
  const wide = machine(`(?:${source}|a{60}|(?:ab){60})*`)
  for (let count = 0; count < 60; count++) wide.test('a'.repeat(count) + 'ab'.repeat(count))
  expect(wide.size).toBeLessThanOrEqual(16)
})

test('a second run over the same text works nothing out', () => {
  const known = machine('/v[0-9]+/(chat|text)/.*')
  const text = '/v12/chat/completions'
  known.test(text)
  const before = known.steps
  expect(known.test(text)).toBe(true)
  expect(known.steps - before).toBe(text.length)
})

test('the largest program is accepted and one more is not', () => {
  expect(write(parse('a{1000}b{999}'))).toHaveLength(maxInstructions)
  expect(() => write(parse('a{1000}b{1000}'))).toThrow(`at most ${maxInstructions}`)
})

test('a program has as many instructions as were counted', () => {
  for (const source of ['a', 'ab|c|d', '(?:ab)*', 'a+', 'a{2,4}', '(?:a|b){3}', '^a$']) {
    const size = write(parse(source)).length
    const rest = maxInstructions - size
    expect(write(parse(`${source.includes('|') ? `(?:${source})` : source}${filler(rest)}`))).toHaveLength(
      maxInstructions,
    )
    expect(() => write(parse(`(?:${source})${filler(rest + 1)}`))).toThrow('too large')
  }
})

const filler = (count: number): string => `x{1000}x{${count - 1000}}`
