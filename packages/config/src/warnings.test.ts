/** What is accepted with a remark. */

import { expect, test } from 'vitest'

import type { GatewayConfigInput, RuleInput } from './input.ts'
import { parseConfig } from './parse.ts'

function warningsOf(input: GatewayConfigInput): readonly string[] {
  const result = parseConfig(input)
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.warnings.map(({ at, message }) => `${at}: ${message}`)
}

function rule(fields: RuleInput): GatewayConfigInput {
  return {
    version: 1,
    backends: [{ name: 'a' }],
    routes: [{ name: 'r', rules: [{ backends: [{ backend: 'a' }], ...fields }] }],
  }
}

const place = 'routes["r"].rules[0]'

test.for<[string, GatewayConfigInput, readonly string[]]>([
  ['nothing to say', rule({}), []],
  [
    'a rule without backends',
    { version: 1, routes: [{ name: 'r', rules: [{}] }] },
    [`${place}.backends: the rule has no backend, so every request that meets it gets 500`],
  ],
  [
    'a split of all zeros',
    rule({ backends: [{ backend: 'a', weight: 0 }] }),
    [`${place}.backends: all weights are 0, so every request that meets this rule gets 503`],
  ],
  [
    'a backend that no rule uses',
    { ...rule({}), backends: [{ name: 'a' }, { name: 'spare' }] },
    ['backends["spare"].name: no rule sends requests to it'],
  ],
  [
    'a backend that only a fallback uses is used',
    { ...rule({ fallback: { backends: ['b'] } }), backends: [{ name: 'a' }, { name: 'b' }] },
    [],
  ],
  [
    'a limit that nobody uses',
    {
      ...rule({ limits: ['l'] }),
      limits: [
        { name: 'l', tokens: 1, every: '1s' },
        { name: 'm', tokens: 1, every: '1s' },
      ],
    },
    ['limits["m"].name: no rule takes tokens from it'],
  ],
  [
    'tries that do not fit',
    rule({ retry: { retries: 3, perTry: '31s' }, timeouts: { request: '2m' } }),
    [`${place}.retry.perTry: 4 tries of 31s do not fit into the whole request (2m): the last ones are cut short`],
  ],
  ['tries that just fit', rule({ retry: { retries: 3, perTry: '30s' }, timeouts: { request: '2m' } }), []],
  ['tries of a request without an end', rule({ retry: { retries: 3, perTry: '31s' }, timeouts: { request: 0 } }), []],
  ['tries without an end', rule({ retry: { retries: 3, perTry: 0 }, timeouts: { request: '2m' } }), []],
  [
    'one try longer than the request',
    rule({ retry: { retries: 0, perTry: '3m' }, timeouts: { request: '2m' } }),
    [`${place}.retry.perTry: one try may take longer than the whole request (2m)`],
  ],
  [
    'a method that is never served',
    rule({ matches: [{ method: 'CONNECT' }] }),
    [`${place}.matches[0].method: CONNECT requests are refused before they are matched`],
  ],
  [
    'names that are matched twice: fields without regard to case, parameters with',
    rule({
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
    }),
    [
      `${place}.matches[0].headers[1].name: an earlier entry has the same name, so this one is ignored`,
      `${place}.matches[0].query[2].name: an earlier entry has the same name, so this one is ignored`,
    ],
  ],
  [
    'a breaker that nothing opens',
    { ...rule({}), backends: [{ name: 'a', breaker: { failures: 0 } }] },
    ['backends["a"].breaker: neither failures in a row nor a ratio can open this breaker'],
  ],
  [
    'a breaker that only a ratio opens',
    {
      ...rule({}),
      backends: [{ name: 'a', breaker: { failures: 0, ratio: { threshold: 0.5, window: '10s', minimum: 20 } } }],
    },
    [],
  ],
  [
    'a stepped bucket that cannot hold a step',
    { ...rule({ limits: ['l'] }), limits: [{ name: 'l', tokens: 10, every: '1s', burst: 5, fill: 'stepped' }] },
    ['limits["l"].burst: the bucket holds 5, so the rest of each step is lost'],
  ],
  [
    'a request that may keep more than the process',
    { ...rule({}), bodies: { keepPerRequest: 11, keepTotal: 10 } },
    ['bodies.keepPerRequest: one request may keep more than the whole process'],
  ],
])('%s', ([, input, expected]) => {
  expect(warningsOf(input)).toStrictEqual(expected)
})
