import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compilePattern, patternProblem } from './pattern.ts'

describe('what is supported', () => {
  test.for<[pattern: string, met: string[], notMet: string[]]>([
    ['', [''], ['a']],
    ['abc', ['abc'], ['ab', 'abcd', 'xabc', 'ABC']],
    ['/v[0-9]+/chat', ['/v1/chat', '/v12/chat'], ['/v/chat', '/v1/chat/', '/va/chat']],
    ['a|bc|', ['a', 'bc', ''], ['b', 'abc']],
    ['a.c', ['abc', 'a.c', 'a\rc'], ['ac', 'a\nc']],
    ['(a)(?:b)?', ['a', 'ab'], ['b']],
    ['a*?b+?c??', ['b', 'aab', 'bbc'], ['a', 'c']],
    ['a{2}', ['aa'], ['a', 'aaa']],
    ['a{2,}', ['aa', 'aaaa'], ['a']],
    ['a{1,3}', ['a', 'aaa'], ['', 'aaaa']],
    ['a{0}b', ['b'], ['ab']],
    ['(ab){2,3}', ['abab', 'ababab'], ['ab', 'abababab']],
    ['[a-c]', ['a', 'c'], ['d', '']],
    ['[^a-c]', ['d', '\n'], ['a', '']],
    ['[]a]', [']', 'a'], ['b']],
    ['[^]a]', ['b'], [']', 'a']],
    ['[a-]', ['a', '-'], ['b']],
    ['[-a]', ['a', '-'], ['b']],
    ['[\\d.]+', ['1.2'], ['a']],
    ['[\\]\\\\]', [']', '\\'], ['a']],
    ['\\d\\w\\s', ['1_ ', '9z\t'], ['a_ ', '1- ', '1__']],
    ['\\D\\W\\S', ['a-x'], ['1-x', 'aax', 'a- ']],
    ['\\s', [' ', '\f'], ['\u00a0', '\v']],
    ['\\.\\*\\/\\-', ['.*/-'], ['a*/-']],
    ['\\t\\n\\r\\f\\v', ['\t\n\r\f\v'], ['tnrfv']],
    ['\\x41\\x{1F600}', ['A😀'], ['A']],
    ['^abc$', ['abc'], ['xabc']],
    ['^$', [''], ['a']],
    ['$^', [''], ['a']],
    ['a$b', [], ['ab', 'a', 'a\nb']],
    ['a^b', [], ['ab', 'b']],
    ['(^a|b)*', ['', 'a', 'abb', 'bb'], ['aa', 'ba']],
    ['(a$|b)*', ['', 'a', 'bba'], ['ab']],
    ['(?i)gpt-4[a-c]', ['gpt-4a', 'GPT-4C', 'Gpt-4b'], ['gpt-4d']],
    ['(?i)[^a]', ['b', 'B'], ['a', 'A']],
    ['(?i)ü', ['ü'], ['Ü']],
    ['.', ['ü', '😀', '\ud800'], ['ab', '']],
    ['[😀-😂]', ['😁'], ['😃']],
    ['(a*)*', ['', 'aaa'], ['b']],
    ['(a|b|ab)*c', ['ababc', 'c'], ['ab']],
    ['(|a)+', ['', 'aa'], ['b']],
    ['a}b]', ['a}b]'], ['ab']],
  ])('%s', ([pattern, met, notMet]) => {
    expect(patternProblem(pattern)).toBeUndefined()
    const compiled = compilePattern(pattern)
    for (const text of met) expect(compiled.test(text), `${pattern} meets ${JSON.stringify(text)}`).toBe(true)
    for (const text of notMet) expect(compiled.test(text), `${pattern} meets ${JSON.stringify(text)}`).toBe(false)
  })
})

test.for<[string, string]>([
  ['a(?=b)', 'look-ahead is not supported (at index 1)'],
  ['a(?!b)', 'look-ahead'],
  ['(?<=b)a', 'look-behind'],
  ['(?<!b)a', 'look-behind'],
  ['(?<name>a)', 'named groups'],
  ['(?P<name>a)', 'named groups'],
  ['(?P=name)', 'named groups'],
  ['(?>a)', 'atomic'],
  ['(?#a)', 'comments'],
  ['a(?i)b', 'at the very start'],
  ['(?s)a', 'at the very start'],
  ['(a)\\1', 'back-references and octal escapes are not supported (at index 3)'],
  ['\\k<a>', 'back-references'],
  ['\\bword', 'word boundaries'],
  ['\\pL', 'Unicode properties'],
  ['\\A', 'anchors'],
  ['\\Qa\\E', 'quoting'],
  ['\\y', '"\\y" is not supported'],
  ['\\', '"\\" at the end'],
  ['\\x4', 'hexadecimal'],
  ['\\x{110000}', 'hexadecimal'],
  ['[[:alpha:]]', 'POSIX'],
  ['[a', '"[" without "]" (at index 0)'],
  ['[]', '"[" without "]"'],
  ['[b-a]', 'end before its start'],
  ['[\\d-z]', 'between two characters'],
  ['[a-\\d]', 'between two characters'],
  ['(a', '"(" without ")" (at index 0)'],
  ['a)', '")" without "(" (at index 1)'],
  ['*a', 'nothing to repeat'],
  ['a|+', 'nothing to repeat'],
  ['^*', 'anchor cannot be repeated'],
  ['a**', 'cannot be repeated'],
  ['a*+', 'possessive'],
  ['a{2}{3}', 'cannot be repeated'],
  ['/v1/{id}', 'must be a count'],
  ['{2}', 'must be escaped'],
  ['a{3,2}', 'end below its start'],
  ['a{1001}', 'at most 1000'],
  ['a{2,1001}', 'at most 1000'],
  ['((a{100}){100}){100}', 'too large'],
  ['(((){1000}){1000}){1000}', 'too large'],
  ['('.repeat(101), 'nested'],
])('%s is refused', ([pattern, reason]) => {
  expect(patternProblem(pattern)).toContain(reason)
  expect(() => compilePattern(pattern)).toThrow(reason.replace(/ \(at index \d+\)/, ''))
})

/** Patterns that mean the same in JavaScript with the u flag, and texts over the same few characters. */
const { pattern } = fc.letrec<{ pattern: string; sequence: string; item: string }>((tie) => ({
  pattern: fc.array(tie('sequence'), { minLength: 1, maxLength: 2 }).map((options) => options.join('|')),
  sequence: fc.array(tie('item'), { maxLength: 3 }).map((items) => items.join('')),
  item: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constantFrom(
      'a',
      'b',
      'c',
      '.',
      '1',
      '\\d',
      '\\w',
      '\\D',
      '\\W',
      '\\x61',
      '[ab]',
      '[^a]',
      '[a-c1]',
      '[^\\d]',
      '^',
      '$',
      '😀',
    ),
    fc
      .tuple(
        fc.oneof(
          fc.constantFrom('a', 'b', '[ab]', '.'),
          tie('pattern').map((inner) => `(${inner})`),
          tie('pattern').map((inner) => `(?:${inner})`),
        ),
        fc.constantFrom('', '*', '+', '?', '*?', '+?', '??', '{2}', '{1,}', '{0,2}', '{2,3}', '{1,2}?'),
      )
      .map(([item, count]) => item + count),
  ),
}))
const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'A', '1', '-', '\n', '😀'), maxLength: 8 })

const runs = Number(process.env['HEADGATE_FUZZ_RUNS'] ?? 10_000) / 5

test(
  'every pattern matches what the same pattern of JavaScript matches',
  { timeout: Math.max(30_000, runs * 10) },
  () => {
    fc.assert(
      fc.property(
        pattern,
        fc.boolean(),
        fc.array(text, { minLength: 5, maxLength: 20 }),
        (source, ignoreCase, texts) => {
          fc.pre(patternProblem(source) === undefined)
          const compiled = compilePattern(ignoreCase ? `(?i)${source}` : source)
          const expected = new RegExp(`^(?:${source})$`, ignoreCase ? 'iu' : 'u')
          for (const each of texts) expect(compiled.test(each)).toBe(expected.test(each))
        },
      ),
      { numRuns: runs },
    )
  },
)

test('any text is a pattern that runs, or is refused with a reason and a place', () => {
  const unit = fc.constantFrom(...'ab(|)*+?{1,2}[^-]\\dx.$i:=<P'.split(''))
  fc.assert(
    fc.property(fc.string({ unit }), fc.string(), (source, each) => {
      const problem = patternProblem(source)
      const outcome = problem ?? typeof compilePattern(source).test(each)
      expect(outcome).toMatch(/^boolean$|^is not a supported regular expression: .+ \(at index \d+\)$/)
    }),
    { numRuns: 2000 },
  )
})
