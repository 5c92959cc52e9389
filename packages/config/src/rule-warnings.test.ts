/** Rules that are accepted with a remark. */

import { expect, test } from 'vitest'

import type { RuleInput } from './input.ts'
import { defineConfig } from './parse.ts'
import { ProblemList } from './problems.ts'
import { warnOfRule } from './rule-warnings.ts'

/** The warnings of this rule as `place: message`, places from the rule. */
function warningsOf(fields: RuleInput): readonly string[] {
  const rule = { backends: [{ backend: 'a' }], ...fields }
  const config = defineConfig({ version: 1, backends: [{ name: 'a' }], routes: [{ name: 'r', rules: [rule] }] })
  const list = new ProblemList()
  for (const { rules } of config.routes) for (const one of rules) warnOfRule(one, [], list)
  return list.all(config).map(({ at, message }) => `${at}: ${message}`)
}

test.for<[string, RuleInput, readonly string[]]>([
  ['nothing to say', {}, []],
  [
    'a rule without backends',
    { backends: [] },
    ['backends: the rule has no backend, so every request that meets it gets 500'],
  ],
  [
    'a split of all zeros',
    { backends: [{ backend: 'a', weight: 0 }] },
    ['backends: all weights are 0, so every request that meets this rule gets 503'],
  ],
  [
    'tries that do not fit',
    { retry: { retries: 3, perTry: '31s' }, timeouts: { request: '2m' } },
    ['retry.perTry: 4 tries of 31s do not fit into the whole request (2m): the last ones are cut short'],
  ],
  ['tries that just fit', { retry: { retries: 3, perTry: '30s' }, timeouts: { request: '2m' } }, []],
  ['tries of a request without an end', { retry: { retries: 3, perTry: '31s' }, timeouts: { request: 0 } }, []],
  ['tries without an end', { retry: { retries: 3, perTry: 0 }, timeouts: { request: '2m' } }, []],
  [
    'one try longer than the request',
    { retry: { retries: 0, perTry: '3m' }, timeouts: { request: '2m' } },
    ['retry.perTry: one try may take longer than the whole request (2m)'],
  ],
  [
    'a method that is never served',
    { matches: [{ method: 'CONNECT' }] },
    ['matches[0].method: CONNECT requests are refused before they are matched'],
  ],
  [
    'names that are matched twice: fields without regard to case, parameters with',
    {
      matches: [
        {
          headers: [
            { name: 'x-a', value: '1' },
            { name: 'X-A', value: '2' },
          ],
          query: [
            { name: 'a', value: '1' },
            { name: 'A', value: '2' },
            { name: 'a', value: '3' },
          ],
        },
      ],
    },
    [
      'matches[0].headers[1].name: an earlier entry has the same name, so this one is ignored',
      'matches[0].query[2].name: an earlier entry has the same name, so this one is ignored',
    ],
  ],
  ['a redirect needs no backend', { backends: [], filters: [{ type: 'RequestRedirect', scheme: 'https' }] }, []],
  [
    'an unknown filter answers, whatever the split is',
    { backends: [], filters: [{ type: 'Unresolved', reason: 'no such filter' }] },
    [],
  ],
  [
    'a redirect that changes nothing',
    { backends: [], filters: [{ type: 'RequestRedirect', statusCode: 301 }] },
    ['filters[0]: each request is redirected to where it came'],
  ],
  [
    'a CORS filter that allows no origin',
    { filters: [{ type: 'CORS', allowMethods: ['PUT'] }] },
    ['filters[0].allowOrigins: no origin is allowed, so browsers refuse every reply to another origin'],
  ],
  ['a CORS filter that allows one', { filters: [{ type: 'CORS', allowOrigins: ['https://a.example.com'] }] }, []],
])('%s', ([, fields, expected]) => {
  expect(warningsOf(fields)).toStrictEqual(expected)
})

test.for<[string, RuleInput['filters']]>([
  ['scheme', [{ type: 'RequestRedirect', scheme: 'http' }]],
  ['hostname', [{ type: 'RequestRedirect', hostname: 'a.example.com' }]],
  ['port', [{ type: 'RequestRedirect', port: 80 }]],
  ['path', [{ type: 'RequestRedirect', path: { type: 'ReplaceFullPath', value: '/' } }]],
])('a redirect with a %s leads elsewhere', ([, filters]) => {
  expect(warningsOf({ backends: [], filters })).toStrictEqual([])
})
