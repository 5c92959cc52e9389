import { describe, expect, test } from 'vitest'
import type { ListenerConfig } from '@headgate/config'
import { bindListeners } from './bind.ts'
import type { NamedListener } from './bind.ts'
import { addressText, parseListen } from './option-values.ts'

const listeners: ListenerConfig[] = [
  { name: 'infra/one/http', port: 80, protocol: 'HTTP' },
  { name: 'infra/one/web', port: 80, protocol: 'HTTP', hostname: 'web.example' },
  { name: 'infra/one/https', port: 443, protocol: 'HTTPS' },
  { name: 'infra/two/http', port: 80, protocol: 'HTTP' },
  { name: 'other/two/admin', port: 8080, protocol: 'HTTP' },
]
const named: NamedListener[] = listeners.map(({ name, port, protocol }) => {
  const at = name.lastIndexOf('/')
  return { name, gateway: name.slice(0, at), listener: name.slice(at + 1), port, protocol }
})

function bind(...wanted: string[]): Record<string, string> | readonly string[] {
  const result = bindListeners(named, listeners, wanted.map(parseListen))
  if ('problems' in result) return result.problems
  return Object.fromEntries([...result.bind].map(([name, address]) => [name, addressText(address)]))
}

describe('names', () => {
  test.for([
    ['https', 'infra/one/https'],
    ['one/https', 'infra/one/https'],
    ['infra/one/http', 'infra/one/http'],
    ['two/http', 'infra/two/http'],
    ['admin', 'other/two/admin'],
  ] as const)('%s is %s', ([wanted, name]) => {
    expect(bind(`${wanted}=127.0.0.1:1`)).toEqual({ [name]: '127.0.0.1:1' })
  })

  test.for([
    ['http', ['--listen http: several listeners are called that; write one of infra/one/http, infra/two/http']],
    [
      'htps',
      [
        expect.stringMatching(
          /^--listen htps: there is no such listener \(did you mean https\?\); the files declare infra/,
        ),
      ],
    ],
    ['nothing-like-it', [expect.stringMatching(/there is no such listener; the files declare infra\/one\/http, /)]],
  ] as const)('%s is refused', ([wanted, problems]) => {
    expect(bind(`${wanted}=127.0.0.1:1`)).toEqual(problems)
  })

  test('a full name goes before the short name of another', () => {
    const twice = [
      { name: 'web', gateway: 'g', listener: 'web', port: 80, protocol: 'HTTP' },
      { name: 'n/g/web', gateway: 'n/g', listener: 'web', port: 81, protocol: 'HTTP' },
    ]
    expect(bindListeners(twice, [], [parseListen('web=h:1')])).toEqual({
      bind: new Map([['web', { host: 'h', port: 1 }]]),
      absent: [],
    })
  })

  test('one that no listener has may be absent when the files are read again, and one that several have may not', () => {
    const again = (...wanted: string[]) => bindListeners(named, listeners, wanted.map(parseListen), true)
    expect(again('gone=h:1', 'one/https=h:2')).toEqual({
      bind: new Map([['infra/one/https', { host: 'h', port: 2 }]]),
      absent: ['gone'],
    })
    expect(again('http=h:1')).toHaveProperty('problems')
    expect(again('gone=h:1')).toEqual({ problems: ['the files declare no listener that can be opened'] })
  })

  test('all problems are told at once', () => {
    expect(bind('a=h:1', 'http=h:2', 'https=h:3', 'one/https=h:4')).toHaveLength(3)
  })
})

describe('addresses', () => {
  test('listeners of one declared port and different hosts share one', () => {
    expect(bind('one/http=h:1', 'web=h:1')).toEqual({ 'infra/one/http': 'h:1', 'infra/one/web': 'h:1' })
  })

  test.for([
    ['another protocol', 'one/http', 'https', /h:1: infra\/one\/http and infra\/one\/https .*different protocols/],
    ['another declared port', 'one/http', 'admin', /declared ports differ \(80, 8080\)/],
    ['the same host', 'one/http', 'two/http', /both are for every host; give one of them another address/],
  ] as const)('one address is refused for %s', ([, one, other, problem]) => {
    expect(bind(`${one}=h:1`, `${other}=h:1`)).toEqual([expect.stringMatching(problem)])
  })

  test('listeners of two declared ports at port 0 have a free port each', () => {
    expect(bind('one/http=h:0', 'admin=h:0')).toEqual({ 'infra/one/http': 'h:0', 'other/two/admin': 'h:0' })
    expect(bind('one/http=h:0', 'two/http=h:0')).toEqual([expect.stringMatching(/both are for every host/)])
  })

  test('a listener that is not named is not opened', () => {
    expect(bind('https=h:1')).toEqual({ 'infra/one/https': 'h:1' })
  })

  test('without names every listener has its declared port on this machine alone', () => {
    const alone = listeners.filter(({ name }) => name !== 'infra/two/http')
    const result = bindListeners(
      named.filter(({ name }) => name !== 'infra/two/http'),
      alone,
      [],
    )
    const expected = alone.map(({ name, port }) => [name, { host: '127.0.0.1', port }] as const)
    expect(result).toEqual({ bind: new Map(expected), absent: [] })
  })

  test('two gateways that want one declared port need names', () => {
    expect(bind()).toEqual([expect.stringMatching(/infra\/one\/http and infra\/two\/http .*with --listen$/)])
  })

  test('files without a listener are refused', () => {
    expect(bindListeners([], [], [])).toEqual({ problems: ['the files declare no listener that can be opened'] })
  })
})
