/** Every bound of every field, as tables of values and places. */

import { describe, expect, test } from 'vitest'

import { parseConfig } from './parse.ts'

/** The problems of one field, as its value (or `missing`) and the places of all problems below it. */
function problemsAt(prefix: string, input: unknown): readonly string[] {
  const result = parseConfig(input)
  return result.ok
    ? []
    : result.problems.filter(({ at }) => at.startsWith(prefix)).map(({ at }) => at.slice(prefix.length))
}

function inBackend(fields: object): readonly string[] {
  return problemsAt('backends["a"]', { version: 1, backends: [{ name: 'a', ...fields }] })
}

function inLimit(fields: object): readonly string[] {
  return problemsAt('limits["a"]', { version: 1, limits: [{ name: 'a', tokens: 1, every: '1s', ...fields }] })
}

function inRule(fields: object): readonly string[] {
  const routes = [{ name: 'r', rules: [{ backends: [{ backend: 'a' }], ...fields }] }]
  const backends = [{ name: 'a' }, { name: 'b' }]
  return problemsAt('routes["r"].rules[0]', { version: 1, backends, routes })
}

const breaker = { failures: 1, openFor: '1s' }
const longest = 2 ** 31 - 1

test.for<[object, readonly string[]]>([
  [{ connectTimeout: 1 }, []],
  [{ connectTimeout: 0 }, ['.connectTimeout']],
  [{ connectTimeout: '0s' }, ['.connectTimeout']],
  [{ connectTimeout: longest }, []],
  [{ connectTimeout: longest + 1 }, ['.connectTimeout']],
  [{ connectTimeout: '99999h' }, ['.connectTimeout']],
  [{ connectTimeout: 1.5 }, ['.connectTimeout']],
  [{ connectTimeout: Number.NaN }, ['.connectTimeout']],
  [{ connectTimeout: '60' }, ['.connectTimeout']],
  [{ connectTimeout: null }, ['.connectTimeout']],
  [{ breaker: { ...breaker, failures: 0 } }, []],
  [{ breaker: { ...breaker, failures: -1 } }, ['.breaker.failures']],
  [{ breaker: { ...breaker, failures: Number.POSITIVE_INFINITY } }, ['.breaker.failures']],
  [{ breaker: { ...breaker, openFor: 0 } }, ['.breaker.openFor']],
  [{ breaker: { ...breaker, maxOpenFor: '999ms' } }, ['.breaker.maxOpenFor']],
  [{ breaker: { ...breaker, maxOpenFor: '1s' } }, []],
  [{ breaker: { ...breaker, probes: 0 } }, ['.breaker.probes']],
  [{ breaker: { ...breaker, maxOpenPercent: 101 } }, ['.breaker.maxOpenPercent']],
  [{ breaker: { ...breaker, ratio: { threshold: 1, window: '1s', minimum: 1 } } }, []],
  [
    { breaker: { ...breaker, ratio: { threshold: 0, window: 0, minimum: 0 } } },
    ['.breaker.ratio.threshold', '.breaker.ratio.window', '.breaker.ratio.minimum'],
  ],
  [
    { breaker: { ...breaker, ratio: { threshold: 1.1 } } },
    ['.breaker.ratio.threshold', '.breaker.ratio.window', '.breaker.ratio.minimum'],
  ],
  [{ breaker: true }, ['.breaker']],
  [{ capacity: { maxRequests: 0 } }, ['.capacity.maxRequests']],
  [{ capacity: { maxConnections: 2 ** 53 } }, ['.capacity.maxConnections']],
  [{ retryBudget: { percent: 100.5 } }, ['.retryBudget.percent']],
  [{ retryBudget: { percent: 0, minimum: 0 } }, []],
  [{ retryBudget: { window: 0 } }, ['.retryBudget.window']],
  [{ retryBudget: true }, ['.retryBudget']],
  [{ endpoints: 'http://a' }, ['.endpoints']],
  [{ endpoints: [{ url: 'http://a', weight: 1 }] }, ['.endpoints[0].weight']],
  [{ headers: [{ name: 'x', value: { env: 'KEY' } }] }, []],
  [{ headers: [{ name: 'x', value: { file: '/run/key' } }] }, []],
  [{ headers: [{ name: 'x', value: { env: 'KEY', prefix: 'Bearer ' } }] }, []],
  [{ headers: [{ name: 'x', value: { env: 'KEY', prefix: 'a\nb' } }] }, ['.headers[0].value.prefix']],
  [{ headers: [{ name: 'x', value: { prefix: 'Bearer ' } }] }, ['.headers[0].value']],
  [{ headers: [{ name: 'x', value: { secret: 'ns/name/key' } }] }, []],
  [{ headers: [{ name: 'x', value: { secret: 'name/key' } }] }, ['.headers[0].value.secret']],
  [{ headers: [{ name: 'x', value: { env: 'A=B' } }] }, ['.headers[0].value.env']],
  [{ headers: [{ name: 'x', value: { env: '' } }] }, ['.headers[0].value.env']],
  [{ headers: [{ name: 'x', value: { file: 'a\0' } }] }, ['.headers[0].value.file']],
  [{ headers: [{ name: 'x', value: {} }] }, ['.headers[0].value']],
  [{ headers: [{ name: 'x', value: { env: 'A', file: 'b' } }] }, ['.headers[0].value']],
  [{ headers: [{ name: 'x', value: 5 }] }, ['.headers[0].value']],
  [{ headers: [{ name: 'x', value: 'a\r\nb: c' }] }, ['.headers[0].value']],
  [{ headers: [{ name: 'x y', value: '' }] }, ['.headers[0].name']],
  [{ headers: [{ name: 'Content-Length', value: '5' }] }, ['.headers[0].name']],
  [{ headers: [{ name: 'Host', value: 'api.example.com' }] }, []],
  [{ headers: [{ name: 'Host', value: 'a b' }] }, ['.headers[0].value']],
  [{ pool: '' }, ['.pool']],
])('backend %j has problems at %j', ([fields, places]) => {
  expect(inBackend(fields)).toStrictEqual(places)
})

test.for<[object, readonly string[]]>([
  [{ tokens: 0 }, ['.tokens']],
  [{ tokens: 1.5 }, ['.tokens']],
  [{ every: 0 }, ['.every']],
  [{ every: undefined }, ['.every']],
  [{ burst: 0 }, ['.burst']],
  [{ fill: 'steady' }, ['.fill']],
  [{ maxKeys: 2 ** 24 }, []],
  [{ maxKeys: 2 ** 24 + 1 }, ['.maxKeys']],
  [{ per: 'all' }, []],
  [{ per: { header: 'x-tenant-id' } }, []],
  [{ per: { key: 'tenant' } }, []],
  [{ per: 'tenant' }, ['.per']],
  [{ per: { header: 'x y' } }, ['.per.header']],
  [{ per: { key: '' } }, ['.per.key']],
  [{ per: { key: 'a', header: 'x' } }, ['.per.key']],
])('limit %j has problems at %j', ([fields, places]) => {
  expect(inLimit(fields)).toStrictEqual(places)
})

test.for<[object, readonly string[]]>([
  [{ backends: [{ backend: 'a', weight: 1_000_000 }] }, []],
  [{ backends: [{ backend: 'a', weight: 1_000_001 }] }, ['.backends[0].weight']],
  [{ backends: [{ backend: 'a', weight: 0.5 }] }, ['.backends[0].weight']],
  [{ backends: [{ backend: 'a', weight: '1' }] }, ['.backends[0].weight']],
  [{ retry: { retries: 0 } }, []],
  [{ retry: { retries: -1 } }, ['.retry.retries']],
  [{ retry: { retries: 1, on: [] } }, ['.retry.on']],
  [
    { retry: { retries: 1, on: ['399', '400', 599, 600, 200, '5XX', '429 '] } },
    [0, 3, 4, 5, 6].map((at) => `.retry.on[${at}]`),
  ],
  [{ retry: { retries: 1, perTry: 0 } }, []],
  [{ retry: { retries: 1, backoff: { base: 0 } } }, []],
  [{ retry: { retries: 1, backoff: { base: '1s', max: '999ms' } } }, ['.retry.backoff.max']],
  [{ retry: { retries: 1, backoff: { type: 'none' } } }, ['.retry.backoff.type']],
  [{ fallback: { backends: [] } }, ['.fallback.backends']],
  [{ fallback: { backends: ['b'], on: ['429'] } }, []],
  [{ timeouts: { request: '1s', backend: '1s' } }, []],
  [{ timeouts: { request: '1s', backend: '1001ms' } }, ['.timeouts.backend']],
  [{ timeouts: { request: 0, backend: '1h' } }, []],
  [{ timeouts: { idle: 0, headers: 0 } }, []],
  [{ timeouts: { idle: -1 } }, ['.timeouts.idle']],
  [{ sticky: { header: 'x-session' } }, []],
  [{ sticky: {} }, ['.sticky.header']],
  [{ matches: [{ path: { type: 'PathPrefix', value: '/v1' }, method: 'M-SEARCH' }] }, []],
  [{ matches: [{ path: { type: 'PathPrefix', value: 'v1' } }] }, ['.matches[0].path.value']],
  [{ matches: [{ path: { type: 'Exact', value: '/a/../b' } }] }, ['.matches[0].path.value']],
  [{ matches: [{ path: { type: 'RegularExpression', value: '/(' } }] }, ['.matches[0].path.value']],
  [{ matches: [{ path: { type: 'Prefix', value: '/' } }] }, ['.matches[0].path.type']],
  [{ matches: [{ method: 'post' }] }, ['.matches[0].method']],
  [{ matches: [{ headers: [{ name: 'x', value: 'a' }] }] }, []],
  [{ matches: [{ headers: [{ name: 'x y', value: 'a' }] }] }, ['.matches[0].headers[0].name']],
  [{ matches: [{ headers: [{ name: 'x', value: 'a\n' }] }] }, ['.matches[0].headers[0].value']],
  [
    { matches: [{ headers: [{ name: 'x', value: '(a', type: 'RegularExpression' }] }] },
    ['.matches[0].headers[0].value'],
  ],
  [{ matches: [{ query: [{ name: '', value: '\n' }] }] }, ['.matches[0].query[0].name']],
])('rule %j has problems at %j', ([fields, places]) => {
  expect(inRule(fields)).toStrictEqual(places)
})

describe('a filter', () => {
  const request = 'RequestHeaderModifier'

  test.for<[object, readonly string[]]>([
    [{ type: request, set: [{ name: 'a', value: '' }], add: [{ name: 'b', value: '1' }], remove: ['c'] }, []],
    [{ type: request, set: [{ name: 'A', value: '' }], remove: ['a'] }, ['.remove[0]']],
    [
      {
        type: request,
        add: [
          { name: 'a', value: '' },
          { name: 'a', value: '' },
        ],
      },
      ['.add[1].name'],
    ],
    [{ type: request, set: [{ name: 'Transfer-Encoding', value: 'chunked' }] }, ['.set[0].name']],
    [{ type: request, remove: ['connection'] }, ['.remove[0]']],
    [{ type: request, set: [{ name: 'host', value: 'api.example.com' }] }, []],
    [{ type: request, set: [{ name: 'host', value: 'a,b' }] }, ['.set[0].value']],
    [{ type: request, add: [{ name: 'host', value: 'a' }] }, ['.add[0].name']],
    [{ type: 'ResponseHeaderModifier', set: [{ name: 'host', value: 'a' }] }, ['.set[0].name']],
    [{ type: request, set: [{ name: 'x', value: 'a\0' }] }, ['.set[0].value']],
    [{ type: request, remove: ['x y'] }, ['.remove[0]']],
    [{ type: 'URLRewrite' }, ['.type']],
    [{ set: [] }, ['.type']],
  ])('%j has problems at %j, on a rule and on a backend', ([filter, places]) => {
    expect(inRule({ filters: [filter] })).toStrictEqual(places.map((at) => `.filters[0]${at}`))
    expect(inRule({ backends: [{ backend: 'a', filters: [filter] }] })).toStrictEqual(
      places.map((at) => `.backends[0].filters[0]${at}`),
    )
  })
})

test.for<[object, readonly string[]]>([
  [{ version: 1 }, []],
  [{ version: '1' }, ['version']],
  [{}, ['version']],
  [{ version: 1, name: 'my-gateway' }, []],
  [{ version: 1, name: 'my gateway' }, ['name']],
  [{ version: 1, name: '' }, ['name']],
  [{ version: 1, forwarded: { trustedHops: -1 } }, ['forwarded.trustedHops']],
  [{ version: 1, bodies: null }, ['bodies']],
  [{ version: 1, routes: [{ name: 'r', hostnames: ['api.example.com', '*.example.com'] }] }, []],
  [{ version: 1, routes: [{ name: 'r', hostnames: ['http://a'] }] }, ['routes["r"].hostnames[0]']],
  [{ version: 1, routes: [{ name: 'r', createdAt: '2026' }] }, ['routes["r"].createdAt']],
  [{ version: 1, backends: [{}] }, ['backends[0].name']],
  [{ version: 1, backends: [{ name: ' a' }] }, ['backends[" a"].name']],
  [{ version: 1, backends: [{ name: 'a\nb' }] }, ['backends["a\\nb"].name']],
  [{ version: 1, backends: [{ name: 'meta-llama/Llama 3.1' }] }, []],
])('%j has problems at %j', ([input, places]) => {
  expect(problemsAt('', input)).toStrictEqual(places)
})
