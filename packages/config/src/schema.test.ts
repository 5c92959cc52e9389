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

function inListener(fields: object): readonly string[] {
  return problemsAt('listeners["a"]', { version: 1, listeners: [{ name: 'a', port: 80, protocol: 'HTTP', ...fields }] })
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
  [{ balance: 'least-request' }, []],
  [{ balance: { type: 'random' } }, []],
  [{ balance: 'ring-hash' }, []],
  [{ balance: { type: 'ring-hash', by: 'address' } }, []],
  [{ balance: { type: 'maglev', by: [{ header: 'x-user' }, { cookie: 'session' }, 'address'] } }, []],
  [{ balance: 'fastest' }, ['.balance']],
  [{ balance: { type: 'fastest' } }, ['.balance.type']],
  [{ balance: {} }, ['.balance.type']],
  [{ balance: { type: 'random', by: 'address' } }, ['.balance.by']],
  [{ balance: { type: 'maglev', by: [] } }, ['.balance.by']],
  [{ balance: { type: 'maglev', by: { header: 'x y' } } }, ['.balance.by.header']],
  [{ balance: { type: 'maglev', by: [{ cookie: '' }] } }, ['.balance.by[0].cookie']],
  [{ balance: { type: 'maglev', by: 'query' } }, ['.balance.by']],
  [{ panicThreshold: 0 }, []],
  [{ panicThreshold: 101 }, ['.panicThreshold']],
  [{ panicThreshold: 12.5 }, ['.panicThreshold']],
  [{ healthCheck: { path: '/v1/models?limit=1', method: 'HEAD', host: 'a:1', statuses: [200, '204', '300-399'] } }, []],
  [{ healthCheck: { path: 'health' } }, ['.healthCheck.path']],
  [{ healthCheck: { path: '/a b' } }, ['.healthCheck.path']],
  [{ healthCheck: { path: '/a#b' } }, ['.healthCheck.path']],
  [{ healthCheck: { method: 'TRACE' } }, ['.healthCheck.method']],
  [{ healthCheck: { host: 'a/b' } }, ['.healthCheck.host']],
  [{ healthCheck: { interval: 0, timeout: '0s' } }, ['.healthCheck.interval', '.healthCheck.timeout']],
  [{ healthCheck: { healthy: 0, unhealthy: 0 } }, ['.healthCheck.healthy', '.healthCheck.unhealthy']],
  [{ healthCheck: { statuses: [] } }, ['.healthCheck.statuses']],
  [{ healthCheck: { statuses: [101, 600] } }, ['.healthCheck.statuses[0]', '.healthCheck.statuses[1]']],
  [{ healthCheck: { statuses: ['299-200', '2xx'] } }, ['.healthCheck.statuses[0]', '.healthCheck.statuses[1]']],
  [{ healthCheck: { every: '1s' } }, ['.healthCheck.every']],
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
  [{ capacity: { maxRequests: -1 } }, ['.capacity.maxRequests']],
  [{ capacity: { maxConnections: 2 ** 53 } }, ['.capacity.maxConnections']],
  [{ capacity: { maxRequests: 0, maxPending: 0, maxRetries: 0, maxRequestsPerConnection: 1 } }, []],
  [
    { capacity: { maxPending: -1, maxRetries: -1, maxRequestsPerConnection: 0 } },
    ['.capacity.maxPending', '.capacity.maxRetries', '.capacity.maxRequestsPerConnection'],
  ],
  [{ outlierDetection: {} }, []],
  [{ outlierDetection: { consecutive5xx: 0, interval: 1, baseEjectionTime: '1ms', maxEjectionPercent: 0 } }, []],
  [
    { outlierDetection: { consecutive5xx: -1, interval: 0, baseEjectionTime: 0, maxEjectionPercent: 101 } },
    ['consecutive5xx', 'interval', 'baseEjectionTime', 'maxEjectionPercent'].map((key) => `.outlierDetection.${key}`),
  ],
  [{ fallback: { backends: [] } }, ['.fallback.backends']],
  [{ protocol: 'h2', endpoints: ['https://a', 'https://b:8443'] }, []],
  [{ protocol: 'h2', endpoints: ['https://a', 'http://b'] }, ['.endpoints[1]']],
  [{ protocol: 'h2c', endpoints: ['http://a', { url: 'https://b' }] }, ['.endpoints[1]']],
  [{ protocol: 'h2c' }, []],
  [{ protocol: 'http1', endpoints: ['http://a', 'https://b'] }, []],
  [{ protocol: 'h3' }, ['.protocol']],
  [{ tls: { ca: [{ file: '/run/ca.pem' }, { secret: 'a/b/c' }], servername: 'models.example.com' } }, []],
  [{ tls: {} }, []],
  [{ tls: { ca: [{}] } }, ['.tls.ca[0]']],
  [{ tls: { servername: '*.example.com' } }, ['.tls.servername']],
  [{ tls: { servername: '10.0.0.1' } }, ['.tls.servername']],
  [{ origin: '' }, []],
  [{ origin: 12 }, ['.origin']],
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

const certificate = { certificate: { secret: 'ns/name/tls.crt' }, key: { secret: 'ns/name/tls.key' } }

test.for<[object, readonly string[]]>([
  [{}, []],
  [{ port: 0 }, ['.port']],
  [{ port: 65_535 }, []],
  [{ port: 65_536 }, ['.port']],
  [{ port: '80' }, ['.port']],
  [{ protocol: 'TCP' }, ['.protocol']],
  [{ protocol: 'http' }, ['.protocol']],
  [{ hostname: 'api.example.com' }, []],
  [{ hostname: '*.example.com' }, []],
  [{ hostname: '' }, ['.hostname']],
  [{ hostname: 'API.example.com' }, ['.hostname']],
  [{ hostname: 'api.example.com:80' }, ['.hostname']],
  [{ protocol: 'HTTPS', certificates: [certificate, certificate] }, []],
  [{ protocol: 'HTTPS' }, ['.certificates']],
  [{ protocol: 'HTTPS', certificates: [] }, ['.certificates']],
  [{ certificates: [] }, []],
  [{ certificates: [certificate] }, ['.certificates']],
  [{ protocol: 'HTTPS', certificates: [{ certificate: { file: 'a' } }] }, ['.certificates[0].key']],
  [{ protocol: 'HTTPS', certificates: [{ ...certificate, key: 'a' }] }, ['.certificates[0].key']],
  [{ protocol: 'HTTPS', certificates: 'a' }, ['.certificates']],
  [{ origin: 'gateway.yaml:12' }, []],
])('listener %j has problems at %j', ([fields, places]) => {
  expect(inListener(fields)).toStrictEqual(places)
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
  [{ backends: [{ backend: 'a' }, { unresolved: 'no such Service', weight: 0 }] }, []],
  [{ backends: [{ weight: 1 }] }, ['.backends[0].backend']],
  [{ backends: [{ bakend: 'a' }] }, ['.backends[0].bakend']],
  [{ backends: [{ backend: 'a', unresolved: 'no such Service' }] }, ['.backends[0].backend']],
  [{ backends: [{ unresolved: '' }] }, ['.backends[0].unresolved']],
  [
    { filters: [{ type: 'RequestRedirect', statusCode: 304 }], backends: [{}] },
    ['.filters[0].statusCode', '.backends[0].backend', '.filters[0].type'],
  ],
  [{ origins: { rule: 'a.yaml:1', retry: '' } }, []],
  [{ origins: { rule: 1 } }, ['.origins.rule']],
  [{ origins: 'a.yaml:1' }, ['.origins']],
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
    [{ type: request, statusCode: 302 }, ['.statusCode']],
    [{ type: 'URLRewrite' }, []],
    [{ type: 'URLRewrite', hostname: 'api.example.com', path: { type: 'ReplaceFullPath', value: '/v1/models' } }, []],
    [{ type: 'URLRewrite', hostname: '*.example.com' }, ['.hostname']],
    [{ type: 'URLRewrite', hostname: 'api.example.com:80' }, ['.hostname']],
    [{ type: 'URLRewrite', set: [] }, ['.set']],
    [{ type: 'URLRewrite', path: { type: 'ReplaceFullPath', value: '/' } }, []],
    [{ type: 'URLRewrite', path: { type: 'ReplaceFullPath', value: '' } }, ['.path.value']],
    [{ type: 'URLRewrite', path: { type: 'ReplaceFullPath', value: 'v1' } }, ['.path.value']],
    [{ type: 'URLRewrite', path: { type: 'ReplaceFullPath', value: '/v1?x' } }, ['.path.value']],
    [{ type: 'URLRewrite', path: { type: 'ReplaceFullPath', value: '/v1 x' } }, ['.path.value']],
    [{ type: 'URLRewrite', path: { type: 'ReplacePrefixMatch', value: '' } }, []],
    [{ type: 'URLRewrite', path: { type: 'ReplacePrefixMatch', value: '/' } }, []],
    [{ type: 'URLRewrite', path: { type: 'ReplacePrefixMatch', value: '/v1/' } }, []],
    [{ type: 'URLRewrite', path: { type: 'ReplacePrefixMatch', value: 'v1' } }, ['.path.value']],
    [{ type: 'URLRewrite', path: { type: 'ReplacePrefixMatch', value: '/../v1' } }, ['.path.value']],
    [{ type: 'URLRewrite', path: { type: 'ReplacePrefixMatch' } }, ['.path.value']],
    [{ type: 'URLRewrite', path: { type: 'Replace', value: '/' } }, ['.path.type']],
    [{ type: 'URLRewrite', path: '/v1' }, ['.path']],
    [{ type: 'RequestMirror', backend: 'b', numerator: 0, denominator: 1 }, []],
    [{ type: 'RequestMirror', backend: 'b', numerator: 100, denominator: 100 }, []],
    [{ type: 'RequestMirror', backend: 'b', numerator: 2 }, ['.numerator']],
    [{ type: 'RequestMirror', backend: 'b', numerator: -1 }, ['.numerator']],
    [{ type: 'RequestMirror', backend: 'b', numerator: 0, denominator: 0 }, ['.denominator']],
    [{ type: 'RequestMirror' }, ['.backend']],
    [{ type: 'UrlRewrite' }, ['.type']],
    [{ type: 'ExtensionRef' }, ['.type']],
    [{ set: [] }, ['.type']],
  ])('%j has problems at %j, on a rule and on a backend', ([filter, places]) => {
    expect(inRule({ filters: [filter] })).toStrictEqual(places.map((at) => `.filters[0]${at}`))
    expect(inRule({ backends: [{ backend: 'a', filters: [filter] }] })).toStrictEqual(
      places.map((at) => `.backends[0].filters[0]${at}`),
    )
  })

  const redirect = 'RequestRedirect'

  test.for<[object, readonly string[]]>([
    [{ type: redirect }, []],
    [{ type: redirect, scheme: 'https', hostname: 'a.example.com', port: 65_535, statusCode: 301 }, []],
    [{ type: redirect, path: { type: 'ReplacePrefixMatch', value: '' }, statusCode: 308 }, []],
    [{ type: redirect, path: { type: 'ReplaceFullPath', value: '' } }, ['.path.value']],
    [{ type: redirect, scheme: 'HTTPS' }, ['.scheme']],
    [{ type: redirect, hostname: 'https://a' }, ['.hostname']],
    [{ type: redirect, port: 0 }, ['.port']],
    [{ type: redirect, statusCode: 300 }, ['.statusCode']],
    [{ type: redirect, statusCode: 304 }, ['.statusCode']],
    [{ type: redirect, statusCode: '302' }, ['.statusCode']],
    [{ type: 'CORS' }, []],
    [{ type: 'CORS', allowOrigins: ['*'], allowMethods: ['*'], allowHeaders: ['*'], exposeHeaders: ['*', 'x'] }, []],
    [{ type: 'CORS', allowOrigins: ['https://a', '*'] }, ['.allowOrigins[1]']],
    [{ type: 'CORS', allowMethods: ['*', 'PUT'] }, ['.allowMethods[0]']],
    [{ type: 'CORS', allowHeaders: ['x', 'y', '*'] }, ['.allowHeaders[2]']],
    [{ type: 'CORS', allowOrigins: ['https://a/b', 'https://*.b'] }, ['.allowOrigins[0]']],
    [{ type: 'CORS', allowMethods: ['PUT POST'] }, ['.allowMethods[0]']],
    [{ type: 'CORS', allowHeaders: ['x:'], exposeHeaders: [''] }, ['.allowHeaders[0]', '.exposeHeaders[0]']],
    [{ type: 'CORS', allowCredentials: 'true', maxAge: -1 }, ['.allowCredentials', '.maxAge']],
    [{ type: 'CORS', maxAge: 2 ** 31 }, ['.maxAge']],
    [{ type: 'CORS', maxAge: 0 }, []],
    [{ type: 'Unresolved', reason: 'no such filter' }, []],
    [{ type: 'Unresolved', reason: '' }, ['.reason']],
    [{ type: 'Unresolved' }, ['.reason']],
  ])('that answers, %j, has problems at %j, and stands on no backend', ([filter, places]) => {
    expect(inRule({ backends: [], filters: [filter] })).toStrictEqual(places.map((at) => `.filters[0]${at}`))
    const onBackend = inRule({ backends: [{ backend: 'a', filters: [filter] }] })
    const beneath = places.length === 0 ? ['.type'] : places
    expect(onBackend).toEqual(expect.arrayContaining(beneath.map((at) => `.backends[0].filters[0]${at}`)))
    expect(onBackend.length).toBeGreaterThan(0)
  })

  test('of an unknown type is told by the type, with the one that was probably meant', () => {
    const result = parseConfig({ version: 1, routes: [{ name: 'r', rules: [{ filters: [{ type: 'URLRewrites' }] }] }] })
    expect(result.ok ? [] : result.problems).toMatchObject([
      { value: 'URLRewrites', message: 'found "URLRewrites"', nearest: 'URLRewrite' },
    ])
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
  [{ version: 1, routes: [{ name: 'r', kind: 'GRPC' }] }, []],
  [{ version: 1, routes: [{ name: 'r', kind: 'TCP' }] }, ['routes["r"].kind']],
  [{ version: 1, routes: [{ name: 'r', listeners: [] }] }, []],
  [{ version: 1, routes: [{ name: 'r', listeners: ['http'] }] }, ['routes["r"].listeners[0]']],
  [
    { version: 1, routes: [{ name: 'r', kind: 'GRPC', rules: [{}, { filters: [{ type: 'RequestRedirect' }] }] }] },
    ['routes["r"].rules[1].filters[0].type'],
  ],
  [{ version: 1, backends: [{}] }, ['backends[0].name']],
  [{ version: 1, backends: [{ name: 'a'.repeat(1024) }] }, []],
  [{ version: 1, backends: [{ name: 'a'.repeat(1025) }] }, ['backends[0].name']],
  [{ version: 1, backends: [{ name: ' a' }] }, ['backends[" a"].name']],
  [{ version: 1, backends: [{ name: 'a\nb' }] }, ['backends["a\\nb"].name']],
  [{ version: 1, backends: [{ name: 'meta-llama/Llama 3.1' }] }, []],
])('%j has problems at %j', ([input, places]) => {
  expect(problemsAt('', input)).toStrictEqual(places)
})
