import { expect, test } from 'vitest'
import { hostnameProblem, normaliseHost } from './hostname.ts'

test.for<[string, string]>([
  ['api.example.com', 'api.example.com'],
  ['API.Example.COM', 'api.example.com'],
  ['api.example.com:8443', 'api.example.com'],
  ['api.example.com:', 'api.example.com'],
  ['api.example.com.', 'api.example.com'],
  ['api.example.com.:80', 'api.example.com'],
  ['api.example.com..', 'api.example.com.'],
  ['[::1]:80', '[::1]'],
  ['[::1]', '[::1]'],
  ['[FE80::A]:80', '[fe80::a]'],
  ['127.0.0.1:3000', '127.0.0.1'],
  ['', ''],
  ['.', '.'],
  // No hosts: left alone, so that what is in front of a colon never stands for the whole.
  ['api.example.com:80:90', 'api.example.com:80:90'],
  ['api.example.com:x', 'api.example.com:x'],
  ['::1', '::1'],
  ['[::1', '[::1'],
  ['[::1]x', '[::1]x'],
  // KELVIN SIGN, which toLowerCase would turn into the letter k.
  ['\u212A.example.com', '\u212A.example.com'],
])('the host %s is matched as %s', ([host, expected]) => {
  expect(normaliseHost(host)).toBe(expected)
})

test.for([
  'localhost',
  'example.com',
  '*.example.com',
  '*.com',
  'a-b.c1.example',
  '1.example.com',
  `${'a'.repeat(63)}.com`,
])('a route may carry the host name %s', (hostname) => {
  expect(hostnameProblem(hostname)).toBeUndefined()
})

test.for<[string, string]>([
  ['', 'empty'],
  ['*', 'leave hostnames out'],
  ['*.', 'must not end with a dot'],
  ['Example.com', 'lower case'],
  ['example.com:80', 'port'],
  ['example.com.', 'dot'],
  ['10.0.0.1', 'IP address'],
  ['::1', 'IP address'],
  ['[::1]', 'IP address'],
  ['a.*.example.com', 'first label'],
  ['a*.example.com', 'first label'],
  ['*.*.example.com', 'first label'],
  ['http://example.com', 'scheme'],
  ['-a.example.com', 'labels'],
  ['a-.example.com', 'labels'],
  ['a..example.com', 'labels'],
  ['a_b.example.com', 'labels'],
  ['bücher.example', 'labels'],
  [`${'a'.repeat(64)}.com`, '63'],
  [`${'a.'.repeat(126)}com`, '253'],
])('the host name %j is refused', ([hostname, reason]) => {
  expect(hostnameProblem(hostname)).toContain(reason)
})
