/** Which origins are accepted, and how they are stored. */

import fc from 'fast-check'
import { expect, test } from 'vitest'

import { corsOriginProblem, normalCorsOrigin } from './cors-origin.ts'

test.for<[string, string]>([
  ['*', '*'],
  ['https://app.example.com', 'https://app.example.com'],
  ['HTTPS://App.Example.com', 'https://app.example.com'],
  ['https://app.example.com:443', 'https://app.example.com'],
  ['https://app.example.com:80', 'https://app.example.com:80'],
  ['http://app.example.com:80', 'http://app.example.com'],
  ['http://app.example.com:00080', 'http://app.example.com'],
  ['http://localhost:3000', 'http://localhost:3000'],
  ['http://127.0.0.1:65535', 'http://127.0.0.1:65535'],
  ['https://*.example.com', 'https://*.example.com'],
  ['https://*.example.com:8443', 'https://*.example.com:8443'],
  ['https://*', 'https://*'],
  ['http://*:8080', 'http://*:8080'],
])('%s is accepted and stored as %s', ([text, stored]) => {
  expect(corsOriginProblem(text)).toBeUndefined()
  expect(normalCorsOrigin(text)).toBe(stored)
  expect(corsOriginProblem(stored)).toBeUndefined()
})

const noScheme = 'it does not begin with http:// or https://'
const noOrigin = 'it is not made of a scheme, a host and perhaps a port'

test.for<[string, string]>([
  ['', noScheme],
  ['null', noScheme],
  ['app.example.com', noScheme],
  ['ftp://app.example.com', noScheme],
  ['https://', noOrigin],
  ['https://a/', noOrigin],
  ['https://a/b', noOrigin],
  ['https://a?b', noOrigin],
  ['https://u@a', noOrigin],
  ['https://a b', noOrigin],
  ['https://a:', noOrigin],
  ['https://a:123456', noOrigin],
  ['https://a*.example.com', noOrigin],
  ['https://app.*.com', noOrigin],
  ['https://*.*.com', noOrigin],
  ['https://a\n', noOrigin],
  ['https://.example.com', noOrigin],
  ['https://a:0', '0 is no port'],
  ['https://a:65536', '65536 is no port'],
])('%j is refused', ([text, problem]) => {
  expect(corsOriginProblem(text)).toBe(problem)
})

test('what is stored stays as it is', () => {
  const origin = fc.stringMatching(/^https?:\/\/(\*\.)?[a-zA-Z]{1,3}(\.[a-zA-Z]{1,3}){0,2}(:[1-9][0-9]{0,3})?$/)
  fc.assert(
    fc.property(origin, (text) => {
      const stored = normalCorsOrigin(text)
      expect(corsOriginProblem(text)).toBeUndefined()
      expect(normalCorsOrigin(stored)).toBe(stored)
      // The web platform's own idea of an origin; it takes no `*` in a host.
      expect(stored.replace('*', 'x')).toBe(new URL(text.replace('*', 'x')).origin)
    }),
  )
})
