/** Places, values and messages as people read them. */

import { describe, expect, test } from 'vitest'

import { ConfigError, describeProblem, ProblemList, shown } from './problems.ts'

function placeOf(root: unknown, path: readonly (string | number)[]): string | undefined {
  const problems = new ProblemList()
  problems.add({ path, value: 1, message: 'm', expected: 'e' })
  return problems.all(root)[0]?.at
}

test.for<[string, unknown, readonly (string | number)[], string]>([
  ['the root', {}, [], ''],
  ['a named item', { backends: [{ name: 'gpt-4' }] }, ['backends', 0, 'url'], 'backends["gpt-4"].url'],
  ['an item without a name', { backends: [{}] }, ['backends', 0], 'backends[0]'],
  ['a name that is none', { backends: [{ name: 5 }, { name: '' }] }, ['backends', 1], 'backends[1]'],
  ['a name that two have', { limits: [{ name: 'a' }, { name: 'a' }] }, ['limits', 1], 'limits[1]'],
  ['a very long name', { limits: [{ name: 'a'.repeat(100) }] }, ['limits', 0], 'limits[0]'],
  ['a route with a namespace', { routes: [{ name: 'r', namespace: 'n' }] }, ['routes', 0], 'routes["n/r"]'],
  ['a name with quotes', { routes: [{ name: 'a"b' }] }, ['routes', 0], 'routes["a\\"b"]'],
  ['a list whose items have no names', { x: [{ name: 'a' }] }, ['x', 0], 'x[0]'],
  ['a key that is no word', {}, ['x-y', 'z'], '["x-y"].z'],
  ['a path that leads nowhere', { backends: 5 }, ['backends', 0, 'a', 0], 'backends[0].a[0]'],
])('%s is written for people', ([, root, path, expected]) => {
  expect(placeOf(root, path)).toBe(expected)
})

test.for<[unknown, unknown]>([
  ['a', 'a'],
  ['a'.repeat(81), `${'a'.repeat(80)}…`],
  [5, 5],
  [null, null],
  [undefined, undefined],
  [false, false],
  [[1], 'a list of 1 item'],
  [[], 'a list of 0 items'],
  [{ key: 'secret' }, 'an object'],
  [() => 1, 'a function'],
  [1n, 'a bigint'],
])('%o is shown as %o', ([value, expected]) => {
  expect(shown(value)).toBe(expected)
})

test('hints stop when too many names were compared', () => {
  const problems = new ProblemList()
  const names = Array.from({ length: 150_000 }, (_, index) => `name-${index}-${'x'.repeat(20)}`)
  const wanted = `nme-7-${'x'.repeat(20)}`
  expect(problems.hint('nme', ['name'])).toStrictEqual({ nearest: 'name' })
  expect(problems.hint(wanted, names)).toStrictEqual({ nearest: `name-7-${'x'.repeat(20)}` })
  expect(problems.hint(wanted, names)).toStrictEqual({})
})

describe('the error', () => {
  const problem = { path: ['a'], at: 'a', value: 1, message: 'found 1', expected: 'text' }

  test('is recognised also when another copy of this package made it', async () => {
    const error = new ConfigError([problem])
    expect(error).toBeInstanceOf(Error)
    expect(error.name).toBe('ConfigError')
    expect(ConfigError.isInstance(error)).toBe(true)
    const foreign = Object.assign(new Error('x'), { [Symbol.for('headgate.ConfigError')]: true })
    expect(ConfigError.isInstance(foreign)).toBe(true)
  })

  test.for([new Error('x'), null, undefined, 'ConfigError', { code: 'HEADGATE_CONFIG' }])('is not %o', (other) => {
    expect(ConfigError.isInstance(other)).toBe(false)
  })

  test('lists at most fifty problems and holds all', () => {
    const error = new ConfigError(Array.from({ length: 60 }, () => problem))
    expect(error.problems).toHaveLength(60)
    expect(error.message.split('\n')).toHaveLength(52)
    expect(error.message).toMatch(/ {2}and 10 more$/)
  })

  test('describes a problem in a line', () => {
    expect(describeProblem(problem)).toBe('a: found 1; expected text')
    expect(describeProblem({ ...problem, at: '', nearest: 'b' })).toBe(
      'the config: found 1; expected text (did you mean "b"?)',
    )
  })
})
