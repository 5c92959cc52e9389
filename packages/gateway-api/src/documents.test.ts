import { describe, expect, test } from 'vitest'

import { DiagnosticList } from './diagnostics.ts'
import { ReadingBudget, lineOf, readDocuments } from './documents.ts'

function read(text: string) {
  const list = new DiagnosticList()
  const documents = readDocuments({ name: 'a.yaml', text }, list)
  return { documents, problems: list.sorted(['a.yaml']) }
}

test('documents, comments and empty documents are told apart', () => {
  const { documents, problems } = read('# one\na: 1\n---\n# only a comment\n---\nb: [x, {c: true}]\n---\n')
  expect(problems).toEqual([])
  expect(documents.map(({ value }) => value)).toEqual([{ a: 1 }, { b: ['x', { c: true }] }])
})

test.for([
  [['spec'], 2],
  [['spec', 'rules'], 3],
  [['spec', 'rules', 0], 4],
  [['spec', 'rules', 0, 'name'], 4],
  [['spec', 'rules', 1, 'name'], 6],
  [['spec', 'rules', 1, 'absent', 'deeper'], 6],
  [[], 1],
] as const)('the line of %j is %i', ([path, line]) => {
  const { documents } = read('kind: A\nspec:\n  rules:\n    - name: x\n      b: 1\n    - name: y\n')
  expect(lineOf(documents[0]?.spot ?? { line: 0 }, path)).toBe(line)
})

test('an alias has the line where it stands, and its parts the lines where they were written', () => {
  const { documents, problems } = read('a: &x\n  b: 1\nc: *x\nd:\n  <<: *x\n  e: 2\n')
  expect(problems).toEqual([])
  const spot = documents[0]?.spot ?? { line: 0 }
  expect(documents[0]?.value).toEqual({ a: { b: 1 }, c: { b: 1 }, d: { b: 1, e: 2 } })
  expect([lineOf(spot, ['c']), lineOf(spot, ['c', 'b']), lineOf(spot, ['d', 'b']), lineOf(spot, ['d', 'e'])]).toEqual([
    3, 2, 2, 6,
  ])
})

test('a merge gives way to what is written, and the first of a list to none', () => {
  const { documents } = read('x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz:\n  <<: [*x, *y]\n  a: 0\n')
  expect(documents[0]?.value).toMatchObject({ z: { a: 0, b: 1, c: 2 } })
})

describe('what is refused, with its line', () => {
  test.for([
    ['a tab as indent', 'a:\n\tb: 1\n', 2, 'yaml-syntax'],
    ['a duplicate key', 'a: 1\nb: 2\na: 3\n', 3, 'yaml-syntax'],
    ['a duplicate key of another type', '1: a\n"1": b\n', 2, 'yaml-syntax'],
    ['a custom tag', 'a: 1\nb: !secret x\n', 2, 'yaml-syntax'],
    ['a tag that makes no plain data', 'a: !!binary aGk=\n', 1, 'yaml-syntax'],
    ['an alias without an anchor', 'a: 1\nb: *x\n', 2, 'yaml-syntax'],
    ['an alias inside of what it names', 'a: &x\n  b: *x\n', 2, 'yaml-syntax'],
    ['a key that is a list', '[a]: 1\n', 1, 'yaml-syntax'],
    ['a merge of a text', 'a:\n  <<: x\n', 2, 'yaml-syntax'],
    ['an unclosed quote', 'a: 1\nb: "x\n', 3, 'yaml-syntax'],
    ['an unclosed bracket', 'a: [1,\n', 2, 'yaml-syntax'],
    ['deep lists', `a: ${'['.repeat(5000)}`, 1, 'yaml-too-large'],
    [
      'deep maps',
      `${Array.from({ length: 200 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')}\n`,
      66,
      'yaml-too-large',
    ],
    ['many documents', '--- a\n'.repeat(10_001), 10_001, 'yaml-too-large'],
    ['many tokens, such as empty lines', '\n'.repeat(600_000), 524_290, 'yaml-too-large'],
    ['mistakes without end', ']'.repeat(2000), 1, 'yaml-syntax'],
    ['directives without end', '%A\n'.repeat(2000), 1001, 'yaml-syntax'],
  ] as const)('%s', ([, text, line, code]) => {
    const { documents, problems } = read(text)
    expect(documents).toEqual([])
    expect(problems[0]).toMatchObject({ severity: 'error', code, file: 'a.yaml', line })
  })

  test('tokens of several files, counted together', () => {
    const list = new DiagnosticList()
    const budget = new ReadingBudget(72)
    const texts = ['a: 1\n', 'b: 2\n', 'c: 3\n', 'd: 4\n']
    const found = texts.map((text, index) => readDocuments({ name: `${index}.yaml`, text }, list, budget).length)
    expect(found).toEqual([1, 1, 0, 0])
    expect(list.sorted(['2.yaml', '3.yaml'])).toMatchObject([
      { file: '2.yaml', line: 1, code: 'yaml-too-large', message: 'the files have more than 18 tokens together' },
      { file: '3.yaml', code: 'yaml-too-large' },
    ])
  })

  test('a text of mistakes leaves the stack traces of others alone', () => {
    const { stackTraceLimit } = Error
    read('"'.repeat(100))
    expect(Error.stackTraceLimit).toBe(stackTraceLimit)
  })

  test('aliases that multiply', () => {
    const levels = Array.from(
      { length: 12 },
      (_, level) => `a${level + 1}: &a${level + 1} [${`*a${level},`.repeat(9)}]`,
    )
    const { documents, problems } = read(`a0: &a0 x\n${levels.join('\n')}\n`)
    expect(documents).toEqual([])
    expect(problems[0]).toMatchObject({ code: 'yaml-too-large' })
  })

  test('a good document before a bad one', () => {
    expect(read('a: 1\n---\nb: [\n').documents).toEqual([])
  })
})

test('keys that are names of Object.prototype are plain keys', () => {
  const { documents, problems } = read('__proto__: {a: 1}\nconstructor: x\ntoString: y\n')
  expect(problems).toEqual([])
  expect(Object.keys(documents[0]?.value as object)).toEqual(['__proto__', 'constructor', 'toString'])
})
