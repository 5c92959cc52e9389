/** Sessions: what is filled in, what is refused, what is accepted with a remark. */

import { describe, expect, test } from 'vitest'

import type { BackendInput, GatewayConfigInput, RuleInput, SessionInput } from './input.ts'
import { defineConfig, parseConfig } from './parse.ts'

function withRule(rule: RuleInput, ...backends: readonly BackendInput[]): GatewayConfigInput {
  const all = [{ name: 'a' }, { name: 'b' }].map((one) => backends.find(({ name }) => name === one.name) ?? one)
  return { version: 1, backends: all, routes: [{ name: 'r', rules: [rule] }] }
}

/** `place: message`, of problems or of warnings. */
function told(input: unknown, of: 'problems' | 'warnings'): readonly string[] {
  const result = parseConfig(input)
  const list = result.ok ? (of === 'warnings' ? result.warnings : []) : of === 'problems' ? result.problems : []
  return list.map(({ at, message }) => `${at}: ${message}`)
}

const split = [{ backend: 'a' }, { backend: 'b' }]

test('an empty session is a session cookie with a name of its own', () => {
  const { routes, backends } = defineConfig(withRule({ backends: split, session: {} }, { name: 'a', session: {} }))
  const filled = { type: 'Cookie', lifetime: 'Session', strict: false }
  expect(routes[0]?.rules[0]?.session).toEqual(filled)
  expect(backends[0]?.session).toEqual(filled)
})

test('a session may live longer than any timer', () => {
  const session: SessionInput = { lifetime: 'Permanent', absoluteTimeout: '9600h' }
  expect(defineConfig(withRule({ backends: split, session })).routes[0]?.rules[0]?.session?.absoluteTimeout).toBe(
    9600 * 3_600_000,
  )
})

test.for<[unknown, readonly string[]]>([
  [{}, []],
  [{ name: 'model-session', path: '/v1', strict: true, idleTimeout: '10m', absoluteTimeout: 1 }, []],
  [{ type: 'Header', name: 'x-session', absoluteTimeout: '99999h' }, []],
  [{ lifetime: 'Permanent', absoluteTimeout: '10s' }, []],
  [{ lifetime: 'Permanent' }, ['absoluteTimeout']],
  [{ type: 'Header' }, ['name']],
  [{ type: 'Header', name: 'x', lifetime: 'Permanent', absoluteTimeout: '1s' }, ['lifetime']],
  [{ type: 'Header', name: 'x', path: '/' }, ['path']],
  [{ type: 'Header', name: 'Set-Cookie' }, ['name']],
  [{ type: 'Header', name: 'cookie' }, ['name']],
  [{ type: 'Header', name: 'Content-Length' }, ['name']],
  [{ type: 'Header', name: 'host' }, ['name']],
  [{ type: 'IP' }, ['type']],
  [{ name: '' }, ['name']],
  [{ name: 'a b' }, ['name']],
  [{ name: 'a=b' }, ['name']],
  [{ name: 'a;b' }, ['name']],
  [{ name: 'x'.repeat(129) }, ['name']],
  [{ path: 'v1' }, ['path']],
  [{ path: '/a; Domain=example.com' }, ['path']],
  [{ path: '/a\r\nb: c' }, ['path']],
  [{ path: '/ä' }, ['path']],
  [{ absoluteTimeout: 0 }, ['absoluteTimeout']],
  [{ idleTimeout: '0s' }, ['idleTimeout']],
  [{ idleTimeout: '99999h1ms' }, ['idleTimeout']],
  [{ strict: 'yes' }, ['strict']],
  [{ cookie: 'a' }, ['cookie']],
  [null, ['']],
])('session %j has problems at %j', ([session, places]) => {
  const at = (place: string) => places.map((key) => `${place}${key === '' ? '' : `.${key}`}`)
  const ofRule = parseConfig(withRule({ backends: split, session: session as SessionInput }))
  expect(ofRule.ok ? [] : ofRule.problems.map((problem) => problem.at)).toEqual(at('routes["r"].rules[0].session'))
  const ofBackend = parseConfig(withRule({ backends: split }, { name: 'a', session: session as SessionInput }))
  expect(ofBackend.ok ? [] : ofBackend.problems.map((problem) => problem.at)).toEqual(at('backends["a"].session'))
})

describe('two backends of one split', () => {
  const place = 'routes["r"].rules[0].backends[1].backend'
  const cookie = { name: 'same' }
  const header: SessionInput = { type: 'Header', name: 'X-Session' }

  test.for<[string, SessionInput, SessionInput, readonly string[]]>([
    ['one cookie', cookie, cookie, [`${place}: the sessions of "b" and "a" have the same cookie same`]],
    [
      'one header in another case',
      header,
      { type: 'Header', name: 'x-session' },
      [`${place}: the sessions of "b" and "a" have the same header x-session`],
    ],
    ['cookies that differ in case only', cookie, { name: 'Same' }, []],
    ['a cookie and a header of one name', { name: 'X-Session' }, header, []],
    ['no names', {}, {}, []],
  ])('with %s', ([_, one, other, problems]) => {
    const backends = [
      { name: 'a', session: one },
      { name: 'b', session: other },
    ]
    expect(told(withRule({ backends: split }, ...backends), 'problems')).toEqual(problems)
    expect(told(withRule({ backends: split, session: {} }, ...backends), 'problems')).toEqual([])
    expect(told(withRule({ backends: [{ backend: 'b' }] }, ...backends), 'problems')).toEqual([])
  })
})

describe('a remark is made on', () => {
  const backends = [{ name: 'a', session: { name: 'model' } }]
  const to = [{ backend: 'a' }]

  test('a key without sessions', () => {
    const input = { ...withRule({ backends: split }), sessionKey: { env: 'KEY' } }
    expect(told(input, 'warnings')).toEqual(['sessionKey: no rule and no backend keeps sessions'])
    expect(told({ ...withRule({ backends: split, session: {} }), sessionKey: { env: 'KEY' } }, 'warnings')).toEqual([])
  })

  test('one cookie that two rules set', () => {
    const input = (...rules: readonly RuleInput[]): GatewayConfigInput => {
      return { version: 1, backends, routes: [{ name: 'r', rules }] }
    }
    const match = { matches: [{ method: 'GET' }], backends: to }
    expect(told(input(match, { backends: to }), 'warnings')).toEqual([
      'backends["a"].session.name: 2 rules set the cookie "model" for it, each its own session: a caller of several keeps the last one only',
    ])
    expect(told(input(match, { backends: to, session: {} }), 'warnings')).toEqual([])
  })
})
