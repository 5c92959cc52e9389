/** Slips that are recognised, and names that are merely different. */

import fc from 'fast-check'
import { expect, test } from 'vitest'

import { nearest } from './nearest.ts'

test.for<[string, readonly string[], string | undefined]>([
  ['gpt4-stabel', ['gpt4-canary', 'gpt4-stable'], 'gpt4-stable'],
  ['retrys', ['retries', 'timeouts'], 'retries'],
  ['Backends', ['backend', 'backends'], 'backends'],
  ['GPT-4', ['gpt-3', 'gpt-4'], 'gpt-4'],
  ['gpt-4', ['gpt-3', 'gpt-5'], 'gpt-3'],
  ['beakcnds', ['backends'], undefined],
  ['claude', ['gpt-4', 'llama'], undefined],
  ['a', ['b'], undefined],
  ['aa', ['a'], 'a'],
  ['', ['a'], undefined],
  ['a', [], undefined],
  ['same', ['sane', 'same'], 'same'],
  ['__proto__', ['constructor'], undefined],
  ['x'.repeat(200), ['X'.repeat(200)], 'X'.repeat(200)],
  ['x'.repeat(200), [`${'x'.repeat(199)}y`], undefined],
])('%s among %j is %s', ([name, names, expected]) => {
  expect(nearest(name, names)).toBe(expected)
})

test('a name with one slip is found', () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9-]{3,20}$/)
  fc.assert(
    fc.property(name, fc.nat(), fc.constantFrom('drop', 'double', 'swap', 'replace'), (wanted, place, slip) => {
      const at = place % (wanted.length - 1)
      const [before, here, next, after] = [
        wanted.slice(0, at),
        wanted.slice(at, at + 1),
        wanted.slice(at + 1, at + 2),
        wanted.slice(at + 2),
      ]
      const slips = {
        drop: before + next + after,
        double: before + here + here + next + after,
        swap: before + next + here + after,
        replace: `${before}_${next}${after}`,
      }
      expect(nearest(slips[slip as keyof typeof slips], ['unlike', wanted])).toBe(wanted)
    }),
  )
})

test('the answer is one of the names', () => {
  fc.assert(
    fc.property(fc.string(), fc.array(fc.string()), (name, names) => {
      const found = nearest(name, names)
      expect(found === undefined || names.includes(found)).toBe(true)
      expect(names.includes(name) ? found : name).toBe(name)
    }),
  )
})
