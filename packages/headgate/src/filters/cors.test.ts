import type { CorsFilterConfig } from '@headgate/config'
import { describe, expect, test } from 'vitest'
import { CorsPolicy, isPreflight, type CorsRequest } from './cors.ts'

const restful: CorsFilterConfig = {
  type: 'CORS',
  allowOrigins: ['https://www.foo.com', 'https://*.bar.com'],
  allowMethods: ['GET', 'OPTIONS'],
  allowHeaders: ['x-header-1', 'x-header-2'],
  exposeHeaders: ['x-header-3', 'x-header-4'],
  allowCredentials: true,
  maxAge: 3600,
}
const everything: CorsFilterConfig = {
  ...restful,
  allowOrigins: ['*'],
  allowMethods: ['*'],
  allowHeaders: ['*'],
  exposeHeaders: [],
  allowCredentials: false,
  maxAge: 5,
}

function request(method: string, headers: Readonly<Record<string, string>>): CorsRequest {
  return { method, header: (name) => headers[name] }
}

function preflight(origin: string, method: string, names?: string): CorsRequest {
  return request('OPTIONS', {
    origin,
    'access-control-request-method': method,
    ...(names !== undefined && { 'access-control-request-headers': names }),
  })
}

function fields(flat: readonly string[]): Record<string, string> {
  const read: Record<string, string> = {}
  for (let at = 0; at < flat.length; at += 2) {
    const name = flat[at] ?? ''
    expect(read).not.toHaveProperty(name)
    read[name] = flat[at + 1] ?? ''
  }
  return read
}

function applied(filter: CorsFilterConfig, origin: string | undefined, headers: readonly string[] = []): string[] {
  const reply = [...headers]
  new CorsPolicy(filter).apply(reply, origin)
  return reply
}

test.for([
  ['OPTIONS', { origin: 'https://a.test', 'access-control-request-method': 'PUT' }, true],
  ['OPTIONS', { origin: 'https://a.test' }, false],
  ['OPTIONS', { 'access-control-request-method': 'PUT' }, false],
  ['GET', { origin: 'https://a.test', 'access-control-request-method': 'PUT' }, false],
  ['options', { origin: 'https://a.test', 'access-control-request-method': 'PUT' }, false],
] as const)('%s with %o is a preflight: %s', ([method, headers, expected]) => {
  expect(isPreflight(request(method, headers))).toBe(expected)
})

describe('a preflight', () => {
  test.for(['https://www.foo.com', 'https://www.bar.com', 'https://xpto.www.bar.com'] as const)(
    'from %s, which is allowed, gets its origin and the lists of the filter',
    (origin) => {
      const answer = new CorsPolicy(restful).preflight(preflight(origin, 'GET', 'x-header-1, x-header-2'))
      expect(answer.status).toBe(204)
      expect(fields(answer.headers)).toEqual({
        'access-control-allow-origin': origin,
        'access-control-allow-credentials': 'true',
        'access-control-allow-methods': 'GET, OPTIONS',
        'access-control-allow-headers': 'x-header-1, x-header-2',
        'access-control-expose-headers': 'x-header-3, x-header-4',
        'access-control-max-age': '3600',
        vary: 'Origin',
      })
    },
  )

  test('from another origin gets nothing that lets the browser go on', () => {
    const answer = new CorsPolicy(restful).preflight(preflight('https://foobar.com', 'GET'))
    expect(answer).toEqual({ status: 204, headers: ['vary', 'Origin'] })
  })

  test('for a method and fields that are not listed gets the lists all the same', () => {
    const answer = new CorsPolicy(restful).preflight(preflight('https://www.foo.com', 'DELETE', 'x-other'))
    expect(fields(answer.headers)).toMatchObject({
      'access-control-allow-methods': 'GET, OPTIONS',
      'access-control-allow-headers': 'x-header-1, x-header-2',
    })
  })

  test('under lists that are * gets what it asked for, Authorization too, and * as the origin', () => {
    const answer = new CorsPolicy(everything).preflight(preflight('https://a.test', 'PUT', 'authorization, x-1'))
    expect(fields(answer.headers)).toEqual({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'PUT',
      'access-control-allow-headers': 'authorization, x-1',
      'access-control-max-age': '5',
      vary: 'Access-Control-Request-Method, Access-Control-Request-Headers',
    })
  })

  test('beside credentials no field is *', () => {
    const filter = { ...everything, allowCredentials: true, exposeHeaders: ['*', 'x-a'] }
    const answer = new CorsPolicy(filter).preflight(preflight('https://a.test:12345', 'PUT', 'x-1'))
    expect(fields(answer.headers)).toEqual({
      'access-control-allow-origin': 'https://a.test:12345',
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'PUT',
      'access-control-allow-headers': 'x-1',
      'access-control-expose-headers': 'x-a',
      'access-control-max-age': '5',
      vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
    })
  })

  test('gets no list of fields where it asks for none, and none back that is not one', () => {
    const policy = new CorsPolicy(everything)
    for (const bad of [preflight('https://a.test', 'P<T'), preflight('https://a.test', 'A B', 'x-1; y')]) {
      expect(Object.keys(fields(policy.preflight(bad).headers))).toEqual([
        'access-control-allow-origin',
        'access-control-max-age',
        'vary',
      ])
    }
  })

  test('gets no lists where the filter has none', () => {
    const filter = { ...everything, allowMethods: [], allowHeaders: [] }
    expect(new CorsPolicy(filter).preflight(preflight('https://a.test', 'PUT', 'x-1')).headers).toEqual([
      'access-control-allow-origin',
      '*',
      'access-control-max-age',
      '5',
    ])
  })

  test('whose origin is no origin gets nothing even under *', () => {
    const filter = { ...everything, allowCredentials: true }
    const answer = new CorsPolicy(filter).preflight(preflight('https://a.test, https://b.test', 'PUT'))
    expect(Object.keys(fields(answer.headers))).toEqual(['vary'])
  })
})

describe('another reply', () => {
  test('to an allowed origin names it, in the spelling that came', () => {
    expect(applied(restful, 'https://WWW.foo.com:443', ['Content-Type', 'text/plain'])).toEqual([
      'Content-Type',
      'text/plain',
      'vary',
      'Origin',
      'access-control-allow-origin',
      'https://WWW.foo.com:443',
      'access-control-allow-credentials',
      'true',
      'access-control-expose-headers',
      'x-header-3, x-header-4',
    ])
  })

  test.for(['https://foobar.com', 'null', undefined] as const)('to %s, which is not allowed, only varies', (origin) => {
    expect(applied(restful, origin)).toEqual(['vary', 'Origin'])
  })

  test('is the same for all where every origin is allowed without credentials', () => {
    const filter = { ...everything, exposeHeaders: ['*'] }
    const same = ['access-control-allow-origin', '*', 'access-control-expose-headers', '*']
    for (const origin of ['https://a.test', 'null', undefined]) expect(applied(filter, origin)).toEqual(same)
  })

  test('with credentials names the origin under * too', () => {
    expect(applied({ ...everything, allowCredentials: true }, 'https://a.test:12345')).toEqual([
      'vary',
      'Origin',
      'access-control-allow-origin',
      'https://a.test:12345',
      'access-control-allow-credentials',
      'true',
    ])
    expect(applied({ ...everything, allowCredentials: true }, undefined)).toEqual(['vary', 'Origin'])
  })

  test('loses what the backend says about origins, allowed or not', () => {
    const backend = [
      'Access-Control-Allow-Origin',
      '*',
      'x-a',
      '1',
      'access-control-allow-credentials',
      'true',
      'Access-Control-Expose-Headers',
      'x-secret',
    ]
    expect(applied(restful, 'https://foobar.com', backend)).toEqual(['x-a', '1', 'vary', 'Origin'])
    expect(applied(everything, 'https://a.test', backend)).toEqual(['x-a', '1', 'access-control-allow-origin', '*'])
  })

  test.for([
    ['Accept-Encoding', ['Vary', 'Accept-Encoding, Origin']],
    ['accept, origin', ['Vary', 'accept, origin']],
    ['*', ['Vary', '*']],
    ['x-origin', ['Vary', 'x-origin, Origin']],
  ] as const)('that varies by %s varies by the origin once', ([vary, expected]) => {
    expect(applied(restful, undefined, ['Vary', vary])).toEqual(expected)
  })

  test('that has several Vary fields has each of them read', () => {
    const headers = ['vary', 'origin', 'Vary', 'accept']
    expect(applied(restful, undefined, headers)).toEqual(headers)
  })
})
