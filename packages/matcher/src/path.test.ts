import { expect, test } from 'vitest'
import { pathProblem } from './path.ts'

test.for(['/', '/v1/chat', '/v1/chat/', '/a.b/..c/.d', "/~a!$&'()*+,;=:@-_", '/a%20b', '/a%2e'])(
  'a match may carry the path %s',
  (value) => {
    expect(pathProblem({ type: 'Exact', value })).toBeUndefined()
    expect(pathProblem({ type: 'PathPrefix', value })).toBeUndefined()
  },
)

test.for<[string, string]>([
  ['', 'start with "/"'],
  ['v1', 'start with "/"'],
  ['/a//b', '"//"'],
  ['//', '"//"'],
  ['/a/./b', '"/./"'],
  ['/a/../b', '"/../"'],
  ['/a/.', '"/."'],
  ['/a/..', '"/.."'],
  ['/a%2fb', 'encoded slash'],
  ['/a%2Fb', 'encoded slash'],
  ['/a#b', '"#"'],
  ['/a?b', '"?"'],
  ['/a b', 'percent-encode'],
  ['/ü', 'percent-encode'],
  ['/a%zz', 'percent-encode'],
])('the path %j is refused', ([value, reason]) => {
  expect(pathProblem({ type: 'Exact', value })).toContain(reason)
  expect(pathProblem({ type: 'PathPrefix', value })).toContain(reason)
})

test('a regular expression is judged as one, not as a path', () => {
  expect(pathProblem({ type: 'RegularExpression', value: '.*//.*' })).toBeUndefined()
  expect(pathProblem({ type: 'RegularExpression', value: '/(?=a)' })).toContain('look-ahead')
})
