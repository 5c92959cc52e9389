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

test.for<[string, GatewayConfigInput, readonly string[]]>([
  ['nothing to say', rule({}), []],
  [
    'what a rule does, at its place',
    rule({ backends: [] }),
    [
      'routes["r"].rules[0].backends: the rule has no backend, so every request that meets it gets 500',
      'backends["a"].name: no rule sends requests to it',
    ],
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
  [
    'backends that only mirrors use are used',
    {
      ...rule({
        filters: [{ type: 'RequestMirror', backend: 'b' }],
        backends: [{ backend: 'a', filters: [{ type: 'RequestMirror', backend: 'c' }] }],
      }),
      backends: [{ name: 'a' }, { name: 'b' }, { name: 'c' }],
    },
    [],
  ],
  [
    'a fallback of a backend in use is used, that of its fallback is not',
    {
      ...rule({}),
      backends: [
        { name: 'a', fallback: { backends: ['b'] } },
        { name: 'b', fallback: { backends: ['c'] } },
        { name: 'c', fallback: { backends: ['b'] } },
      ],
    },
    ['backends["c"].name: no rule sends requests to it'],
  ],
  [
    'a fallback of a backend is not used where the rule has its own',
    {
      ...rule({ fallback: { backends: ['c'] } }),
      backends: [{ name: 'a', fallback: { backends: ['b'] } }, { name: 'b' }, { name: 'c' }],
    },
    ['backends["b"].name: no rule sends requests to it'],
  ],
  [
    'a route that is attached to nothing',
    { ...rule({}), routes: [{ name: 'r', listeners: [], rules: [{ backends: [{ backend: 'a' }] }] }] },
    ['routes["r"].listeners: the route is attached to no listener, so it serves nothing'],
  ],
  [
    'outlier detection that is off',
    { ...rule({}), backends: [{ name: 'a', outlierDetection: { consecutive5xx: 0 } }] },
    ['backends["a"].outlierDetection.consecutive5xx: nothing can eject an endpoint of this backend'],
  ],
  [
    'a percentage that ejects no endpoint of three',
    {
      ...rule({}),
      backends: [
        {
          name: 'a',
          endpoints: ['http://a', 'http://b', 'http://c'],
          outlierDetection: { maxEjectionPercent: 33 },
        },
      ],
    },
    ['backends["a"].outlierDetection.maxEjectionPercent: 33 % is too little to eject any of 3 endpoints'],
  ],
  [
    'a percentage that ejects one of three',
    {
      ...rule({}),
      backends: [
        {
          name: 'a',
          endpoints: ['http://a', 'http://b', 'http://c'],
          outlierDetection: { maxEjectionPercent: 34 },
        },
      ],
    },
    [],
  ],
  [
    'half of one endpoint',
    {
      ...rule({}),
      backends: [{ name: 'a', endpoints: ['http://a'], outlierDetection: { maxEjectionPercent: 50 } }],
    },
    ['backends["a"].outlierDetection.maxEjectionPercent: 50 % is too little to eject the only endpoint'],
  ],
  [
    'TLS of a backend without TLS',
    { ...rule({}), backends: [{ name: 'a', endpoints: ['http://a', 'http://b'], tls: { servername: 'a.example' } }] },
    ['backends["a"].tls: no endpoint of this backend is called over TLS'],
  ],
  [
    'TLS of a backend of which one endpoint has it',
    { ...rule({}), backends: [{ name: 'a', endpoints: ['http://a', 'https://b'], tls: {} }] },
    [],
  ],
])('%s', ([, input, expected]) => {
  expect(warningsOf(input)).toStrictEqual(expected)
})
