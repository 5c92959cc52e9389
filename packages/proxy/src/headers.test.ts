import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addHeader, removeHeader, requestHeaders, setHeader, type CallerFacts } from './headers.ts'

const caller: CallerFacts = { remoteAddress: '10.0.0.7', protocol: 'https', host: 'api.test', httpVersion: '1.1' }
const untrusted = { via: '1.1 headgate', trustedHops: 0 }
const trusted = { via: '1.1 headgate', trustedHops: 1 }
const setAnew = [
  'x-forwarded-for',
  '10.0.0.7',
  'x-forwarded-proto',
  'https',
  'x-forwarded-host',
  'api.test',
  'forwarded',
  'for=10.0.0.7;host=api.test;proto=https',
  'via',
  '1.1 headgate',
]

function made(raw: readonly string[], options = untrusted, facts: CallerFacts = caller): string[] {
  return requestHeaders(raw, facts, options)
}

test('fields go on in order, with their repetition and spelling, and the chain is set behind them', () => {
  const raw = ['Host', 'api.test', 'X-B', '2', 'accept', 'a', 'x-b', '1', 'Content-Length', '3']
  expect(made(raw)).toEqual([...raw, ...setAnew])
})

test.for([
  ['Connection', 'keep-alive'],
  ['Keep-Alive', 'timeout=5'],
  ['Proxy-Connection', 'keep-alive'],
  ['Proxy-Authenticate', 'Basic'],
  ['Proxy-Authorization', 'Basic x'],
  ['TE', 'gzip'],
  ['Trailer', 'x'],
  ['Transfer-Encoding', 'chunked'],
  ['Upgrade', 'h2c'],
  ['HTTP2-Settings', 'x'],
  ['Expect', '100-continue'],
] as const)('%s never goes on', ([name, value]) => {
  expect(made(['Host', 'api.test', name, value])).toEqual(['Host', 'api.test', ...setAnew])
})

test('what Connection names is removed, in any case and from any of its lines', () => {
  const raw = ['X-A', '1', 'connection', 'x-A, close', 'x-b', '2', 'Connection', ' X-B ,,keep-alive', 'x-c', '3']
  expect(made(['host', 'api.test', ...raw])).toEqual(['host', 'api.test', 'x-c', '3', ...setAnew])
})

test('Connection removes neither Host, nor the length, nor what is set behind', () => {
  const raw = ['Host', 'api.test', 'Content-Length', '3', 'Via', '1.0 a']
  const connection = ['Connection', 'host, content-length, x-forwarded-for, via, forwarded']
  expect(made([...connection, ...raw])).toEqual(['Host', 'api.test', 'Content-Length', '3', ...setAnew])
})

test('a length beside a transfer coding does not go on', () => {
  const raw = ['Host', 'api.test', 'Content-Length', '3', 'Transfer-Encoding', 'chunked']
  expect(made(raw)).toEqual(['Host', 'api.test', ...setAnew])
})

test.for(['trailers', 'gzip, Trailers', 'trailers;q=1'] as const)('of TE: %s at most trailers goes on', (value) => {
  const headers = made(['Host', 'api.test', 'TE', value])
  const te = headers.indexOf('te')
  expect(te === -1 ? undefined : headers[te + 1]).toBe(value.includes(';') ? undefined : 'trailers')
})

test('the authority that the request was routed by replaces Host, and is added where there is none', () => {
  expect(made(['A', '1', 'Host', 'other.test']).slice(0, 4)).toEqual(['A', '1', 'Host', 'api.test'])
  expect(made(['Host', 'a', 'host', 'b'])).toEqual(['Host', 'api.test', ...setAnew])
  expect(made(['A', '1']).slice(0, 4)).toEqual(['host', 'api.test', 'A', '1'])
  expect(made(['Host', 'a'], untrusted, { ...caller, host: undefined })).toEqual([
    'Host',
    'a',
    'x-forwarded-for',
    '10.0.0.7',
    'x-forwarded-proto',
    'https',
    'forwarded',
    'for=10.0.0.7;proto=https',
    'via',
    '1.1 headgate',
  ])
})

const claimed = [
  'X-Forwarded-For',
  '1.1.1.1',
  'x-forwarded-for',
  '2.2.2.2',
  'X-Forwarded-Proto',
  'http',
  'X-Forwarded-Host',
  'front.test',
  'X-Forwarded-Port',
  '80',
  'Forwarded',
  'for=1.1.1.1',
]

test('what an untrusted caller claims about others is dropped, also spelt with underscores', () => {
  expect(made(['Host', 'api.test', ...claimed, 'x_forwarded_for', '9.9.9.9'])).toEqual(['Host', 'api.test', ...setAnew])
})

test('a trusted hop is kept and this one is appended', () => {
  expect(made(['Host', 'api.test', ...claimed], trusted)).toEqual([
    'Host',
    'api.test',
    'X-Forwarded-Proto',
    'http',
    'X-Forwarded-Host',
    'front.test',
    'X-Forwarded-Port',
    '80',
    'x-forwarded-for',
    '1.1.1.1, 2.2.2.2, 10.0.0.7',
    'forwarded',
    'for=1.1.1.1, for=10.0.0.7;host=api.test;proto=https',
    'via',
    '1.1 headgate',
  ])
})

test.for([
  ['1.1', '1.1 headgate'],
  ['1.0', '1.0 headgate'],
  ['2.0', '2.0 headgate'],
] as const)('Via names the version %s that was received, behind what is there', ([httpVersion, expected]) => {
  const headers = made(['Via', '1.0 a', 'via', '1.1 b'], untrusted, { ...caller, httpVersion })
  expect(headers.at(-1)).toBe(`1.0 a, 1.1 b, ${expected}`)
})

const hopByHop = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'expect',
]
const special = [...hopByHop, 'te', 'host', 'content-length', 'via', 'forwarded', 'x-forwarded-for']
const plainName = fc.constantFrom(
  'accept',
  'X-A',
  'x-a',
  'Cookie',
  'content-type',
  '__proto__',
  'constructor',
  'x-forward',
)
const anyName = fc.oneof(
  plainName,
  fc.constantFrom(...special).chain((name) => fc.constantFrom(name, name.toUpperCase())),
)
const anyValue = fc.oneof(
  fc.constantFrom('close', 'keep-alive', 'x-a', 'x-a, cookie', 'host, accept', 'chunked', ''),
  fc.string({ maxLength: 8 }),
)
const rawFields = fc.array(fc.tuple(anyName, anyValue), { maxLength: 20 })

test('from any raw fields no hop-by-hop one comes out, and the rest keeps order and repetition', () => {
  fc.assert(
    fc.property(rawFields, fc.boolean(), (fields, trust) => {
      const out = made(fields.flat(), trust ? trusted : untrusted)
      const named = new Set(
        fields
          .filter(([name]) => name.toLowerCase() === 'connection')
          .flatMap(([, value]) => value.toLowerCase().split(','))
          .map((name) => name.trim()),
      )
      const names = out.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase())
      for (const name of hopByHop) expect(names).not.toContain(name)
      for (const name of ['host', 'via', 'forwarded', 'x-forwarded-for']) {
        expect(names.filter((other) => other === name)).toHaveLength(1)
      }
      const rest = (list: readonly (readonly [string, string])[]) =>
        list.filter(([name]) => !special.includes(name.toLowerCase()) && !name.toLowerCase().startsWith('x-forwarded-'))
      const pairs = names.map((_, index): [string, string] => [out[2 * index]!, out[2 * index + 1]!])
      expect(rest(pairs)).toEqual(rest(fields).filter(([name]) => !named.has(name.toLowerCase())))
    }),
  )
})

test('set replaces the first field of that name and removes the others', () => {
  const headers = ['A', '1', 'x', '2', 'a', '3']
  setHeader(headers, 'a', 'new')
  expect(headers).toEqual(['a', 'new', 'x', '2'])
  setHeader(headers, 'B', 'b')
  expect(headers).toEqual(['a', 'new', 'x', '2', 'B', 'b'])
})

test('add appends to the last field of that name, and never to a cookie', () => {
  const headers = ['A', '1', 'x', '2', 'a', '3', 'Set-Cookie', 'c=1', 'empty', '']
  addHeader(headers, 'A', 'more')
  addHeader(headers, 'set-cookie', 'd=2')
  addHeader(headers, 'Empty', 'full')
  addHeader(headers, 'new', 'n')
  expect(headers).toEqual([
    'A',
    '1',
    'x',
    '2',
    'a',
    '3, more',
    'Set-Cookie',
    'c=1',
    'empty',
    'full',
    'set-cookie',
    'd=2',
    'new',
    'n',
  ])
})

test('remove takes all fields of that name, whatever stands in values', () => {
  const headers = ['A', 'x', 'b', 'a', 'a', '1', 'A', '2']
  removeHeader(headers, 'a')
  expect(headers).toEqual(['b', 'a'])
  removeHeader(headers, 'none')
  expect(headers).toEqual(['b', 'a'])
})
