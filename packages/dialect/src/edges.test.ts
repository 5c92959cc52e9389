/** Edges of what passes by, against the whole of it. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { Edges } from './edges.ts'

function edgesOf(chunks: readonly Buffer[], bytes?: number): Edges {
  const edges = new Edges(bytes)
  for (const chunk of chunks) edges.add(chunk)
  return edges
}

test('are the first and the last bytes, however the chunks are cut', () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 })
  fc.assert(
    fc.property(chunks, fc.integer({ min: 1, max: 24 }), (arrays, bytes) => {
      const whole = Buffer.concat(arrays)
      const edges = edgesOf(
        arrays.map((array) => Buffer.from(array)),
        bytes,
      )
      const { head, tail } = edges.read()
      expect(edges.length).toBe(whole.length)
      expect(head.equals(whole.subarray(0, bytes))).toBe(true)
      expect(tail.equals(whole.subarray(-bytes))).toBe(true)
      expect(head === tail).toBe(whole.length <= bytes)
    }),
    { numRuns: 2000 },
  )
})

test('may be read in between', () => {
  const whole = Buffer.from('abcdefghijklmnopqrstuvwxyz')
  const edges = new Edges(4)
  for (let end = 3; end <= whole.length; end += 3) {
    edges.add(whole.subarray(end - 3, end))
    const { head, tail } = edges.read()
    expect(`${head.toString()} ${tail.toString()}`).toBe(
      `${whole.toString('latin1', 0, Math.min(4, end))} ${whole.toString('latin1', Math.max(0, end - 4), end)}`,
    )
  }
})

describe('memory', () => {
  test('of a large chunk is not kept once another has come', () => {
    const { head, tail } = edgesOf([Buffer.alloc(65_536, 'a'), Buffer.from('b')]).read()
    expect([head.length, head.buffer.byteLength]).toEqual([2048, 4096])
    expect([tail.length, tail.toString('latin1', 2046)]).toEqual([2048, 'ab'])
  })

  test('of a chunk that stays alone is not copied', () => {
    const chunk = Buffer.from('{}')
    expect(edgesOf([chunk]).read().head.buffer).toBe(chunk.buffer)
  })
})

test('are empty where nothing passed', () => {
  const { head, tail } = new Edges().read()
  expect([head.length, head === tail]).toEqual([0, true])
})
