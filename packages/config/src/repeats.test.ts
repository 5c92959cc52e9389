/** What stands somewhere twice though it can be there once. */

import { expect, test } from 'vitest'

import { ProblemList } from './problems.ts'
import { checkRepeats } from './repeats.ts'

/** The problems of this input as `place: message`. */
function problemsOf(input: unknown): readonly string[] {
  const problems = new ProblemList()
  checkRepeats(input, problems)
  return problems.all(input).map(({ at, message }) => `${at}: ${message}`)
}

const http = { port: 80, protocol: 'HTTP' }
const https = { port: 443, protocol: 'HTTPS' }

test.for<[string, unknown, readonly string[]]>([
  [
    'one endpoint written in two ways',
    {
      backends: [
        { name: 'a', endpoints: ['http://h', { url: 'HTTP://H:80/' }, 'http://h:81', 'nonsense', 'nonsense'] },
      ],
    },
    ['backends["a"].endpoints[1].url: this backend has the endpoint "http://h" already'],
  ],
  [
    'a field that is set twice',
    { backends: [{ name: 'a', headers: [{ name: 'X-Key' }, { name: 'x-key' }] }] },
    ['backends["a"].headers[1].name: this backend sets the field "x-key" already'],
  ],
  [
    'listeners that share ports by their hosts',
    {
      listeners: [
        http,
        { ...http, hostname: 'a.example.com' },
        { ...http, hostname: '*.example.com' },
        https,
        { ...https, hostname: 'a.example.com' },
        { ...http, port: 8080 },
      ],
    },
    [],
  ],
  [
    'two listeners of one host on one port',
    { listeners: [{ name: 'a', ...http, hostname: 'x.org' }, http, { name: 'b', ...http, hostname: 'x.org' }] },
    ['listeners["b"].hostname: the listener at index 0 takes the host "x.org" on port 80 already'],
  ],
  [
    'two listeners of every host on one port, and a third',
    { listeners: [http, { ...http, hostname: 'x.org' }, http, http] },
    [
      'listeners[2].hostname: the listener at index 0 takes every host on port 80 already',
      'listeners[3].hostname: the listener at index 0 takes every host on port 80 already',
    ],
  ],
  [
    'two listeners of a host that came second on its port',
    { listeners: [http, { ...http, hostname: 'x.org' }, { ...http, hostname: 'x.org' }] },
    ['listeners[2].hostname: the listener at index 1 takes the host "x.org" on port 80 already'],
  ],
  [
    'two protocols on one port, whatever the hosts',
    { listeners: [http, { ...https, port: 80 }, { ...https, port: 80, hostname: 'x.org' }] },
    [
      'listeners[1].protocol: the listener at index 0 has the same port with the protocol HTTP',
      'listeners[2].protocol: the listener at index 0 has the same port with the protocol HTTP',
    ],
  ],
  ['what has not the right shape', { listeners: [1, { port: '80' }, { port: '80' }, {}, null], backends: [1, {}] }, []],
])('%s', ([, input, expected]) => {
  expect(problemsOf(input)).toStrictEqual(expected)
})
