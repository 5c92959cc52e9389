import { describe, expect, test } from 'vitest'
import { answers, exact, prefix, rule } from './answers.case.ts'
import { compile } from './compile.ts'
import { request } from './facts.case.ts'
import { match } from './match.ts'
import type { Facts, Route } from './rule.ts'

describe('names that every object has', () => {
  answers(
    [
      {
        name: 'names',
        hostnames: ['constructor', 'proto.test'],
        rules: ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'].flatMap((name) => [
          rule(`header ${name}`, { headers: [{ name, value: name }] }),
          rule(`query ${name}`, { query: [{ name, value: name }] }),
          rule(`path ${name}`, { path: exact(`/${name}`) }),
        ]),
      },
    ],
    [
      ['GET constructor/', {}, undefined],
      ['GET tostring/', {}, undefined],
      ['GET proto.test/', { constructor: 'constructor' }, 'header constructor'],
      ['GET proto.test/', { ['__proto__']: '__proto__' }, 'header __proto__'],
      ['GET proto.test/', { tostring: 'toString' }, 'header toString'],
      ['GET proto.test/?__proto__=__proto__', {}, 'query __proto__'],
      ['GET proto.test/?constructor=constructor', {}, 'query constructor'],
      ['GET proto.test/__proto__', {}, 'path __proto__'],
      ['GET proto.test/__proto__/x', {}, undefined],
    ],
  )
})

describe('two headers that are both looked up', () => {
  const four = (name: string) => ['1', '2', '3', '4'].map((value) => rule(name + value, { headers: [{ name, value }] }))
  answers(
    [
      { name: 'first', rules: four('tenant') },
      { name: 'second', rules: [...four('model'), rule('model5', { headers: [{ name: 'model', value: '5' }] })] },
    ],
    [
      ['GET a.test/', { model: '5', tenant: '1' }, 'tenant1'],
      ['GET a.test/', { model: '5', tenant: '9' }, 'model5'],
      ['GET a.test/', { model: '9', tenant: '4' }, 'tenant4'],
    ],
  )
})

describe('many regular expressions for one header', () => {
  const values = ['1+', '2+', '3+', '[1-4]+', '.*']
  answers(
    [
      {
        name: 'patterns',
        rules: values.map((value) => rule(value, { headers: [{ type: 'RegularExpression', name: 'model', value }] })),
      },
    ],
    [
      ['GET a.test/', { model: '22' }, '2+'],
      ['GET a.test/', { model: '44' }, '[1-4]+'],
      ['GET a.test/', { model: 'x' }, '.*'],
      ['GET a.test/', {}, undefined],
    ],
  )
})

describe('texts with one hash are told apart', () => {
  const query = (value: string) => rule(value, { path: exact('/query'), query: [{ name: 'q', value }] })
  answers(
    [
      {
        name: 'prefixes',
        rules: ['/Aa', '/BB', '/AaAa', '/AaBB', '/BBBB'].map((value) => rule(value, { path: prefix(value) })),
      },
      { name: 'one wildcard', hostnames: ['*.na.test'], rules: [rule('na', { path: prefix('/') })] },
      { name: 'another', hostnames: ['*.0c.test'], rules: [rule('0c', { path: prefix('/') })] },
      { name: 'parameters', rules: [query('Aa'), query('BB'), query('c'), query('d')] },
    ],
    [
      ['GET a.test/Aa/x', {}, '/Aa'],
      ['GET a.test/BB/x', {}, '/BB'],
      ['GET a.test/AaBB', {}, '/AaBB'],
      ['GET a.test/BBAa', {}, undefined],
      ['GET a.na.test/', {}, 'na'],
      ['GET a.0c.test/', {}, '0c'],
      ['GET a.test/query?q=Aa', {}, 'Aa'],
      ['GET a.test/query?q=BB', {}, 'BB'],
      ['GET a.test/query?q=%42B', {}, 'BB'],
      ['GET a.test/query?q=AaBB', {}, undefined],
    ],
  )
})

describe('rules without matches', () => {
  answers(
    [
      { name: 'empty list', hostnames: [], rules: [{ value: 'empty list', matches: [] }] },
      { name: 'no list', hostnames: ['b.test'], rules: [{ value: 'no list' }] },
    ],
    [
      ['GET a.test/x/y', {}, 'empty list'],
      ['GET b.test/', {}, 'no list'],
      ['OPTIONS b.test*', {}, undefined],
    ],
  )
})

test('an asterisk is no path that a prefix meets, and an empty path is the root', () => {
  const table = compile([{ name: 'all', rules: [{ value: 1 }] }])
  const facts: Facts = { method: 'OPTIONS', host: 'a.test', path: '*', query: '', header: () => undefined }
  expect(match(table, facts)).toBeUndefined()
  expect(match(table, { ...facts, path: '' })?.value).toBe(1)
})

test('the row says where it comes from', () => {
  const route: Route<string> = {
    name: 'chat',
    hostnames: ['a.test', '*.test'],
    rules: [
      { value: 'no' },
      { name: 'second', value: 'yes', matches: [{ path: prefix('/x') }, { path: exact('/y') }] },
    ],
  }
  const row = match(compile([{ name: 'before', hostnames: ['z.test'], rules: [] }, route]), request('GET b.test/y'))
  expect(row).toEqual({
    route,
    routeIndex: 1,
    rule: route.rules[1],
    ruleIndex: 1,
    match: { path: exact('/y') },
    matchIndex: 1,
    hostname: '*.test',
    value: 'yes',
  })
  expect(Object.isFrozen(row)).toBe(true)
})

test('the same request gets the very same row', () => {
  const table = compile([{ name: 'all', rules: [{ value: 1 }] }])
  expect(match(table, request('GET a.test/'))).toBe(match(table, request('GET b.test/x')))
})

describe('the work does not grow with the routes', () => {
  const counting = (line: string, headers: Record<string, string>) => {
    const facts = request(line, headers)
    const count = { asked: 0 }
    return { count, facts: { ...facts, header: (name: string) => (count.asked++, facts.header(name)) } }
  }

  test('one path with 1,000 values of a header asks for that header once', () => {
    const table = compile(
      Array.from({ length: 1000 }, (_, index) => ({
        name: `route-${index}`,
        rules: [
          {
            value: index,
            matches: [{ path: exact('/v1/chat'), headers: [{ name: 'X-Model-Id', value: `model-${index}` }] }],
          },
        ],
      })),
    )
    const { count, facts } = counting('POST a.test/v1/chat', { 'x-model-id': 'model-777' })
    expect(match(table, facts)?.value).toBe(777)
    expect(count.asked).toBe(1)
    expect(match(table, { ...facts, header: () => 'model-1000' })).toBeUndefined()
  })

  test('two headers with many values each are asked for once each', () => {
    const table = compile(
      Array.from({ length: 400 }, (_, index) => ({
        name: `route-${index}`,
        rules: [
          {
            value: index,
            matches: [
              {
                headers: [
                  { name: 'model', value: `m${index % 20}` },
                  { name: 'tenant', value: `t${Math.floor(index / 20)}` },
                ],
              },
            ],
          },
        ],
      })),
    )
    const { count, facts } = counting('POST a.test/', { model: 'm7', tenant: 't9' })
    expect(match(table, facts)?.value).toBe(187)
    expect(count.asked).toBe(2)
  })

  test('10,000 hosts with a header condition ask for one header', () => {
    const table = compile(
      Array.from({ length: 10_000 }, (_, index) => ({
        name: `route-${index}`,
        hostnames: [`h${index}.test`],
        rules: [{ value: index, matches: [{ path: prefix('/v1'), headers: [{ name: 'a', value: 'b' }] }] }],
      })),
    )
    const { count, facts } = counting('POST h9876.test/v1/chat', { a: 'b' })
    expect(match(table, facts)?.value).toBe(9876)
    expect(count.asked).toBe(1)
  })
})
