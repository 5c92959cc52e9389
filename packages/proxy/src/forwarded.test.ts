import { expect, test } from 'vitest'
import { forwardedElement, forwardedFor } from './forwarded.ts'

test.for([
  ['10.0.0.1', '10.0.0.1', 'for=10.0.0.1;proto=http'],
  ['::ffff:10.0.0.1', '10.0.0.1', 'for=10.0.0.1;proto=http'],
  ['2001:db8::1', '2001:db8::1', 'for="[2001:db8::1]";proto=http'],
  ['fe80::1%eth0', 'fe80::1', 'for="[fe80::1]";proto=http'],
  ['', 'unknown', 'for=unknown;proto=http'],
] as const)('the address %j is written %s and %s', ([remote, plain, element]) => {
  expect(forwardedFor(remote)).toBe(plain)
  expect(forwardedElement(plain, undefined, 'http')).toBe(element)
})

test.for([
  ['api.test', 'api.test'],
  ['api.test:8443', '"api.test:8443"'],
  ['[::1]:80', '"[::1]:80"'],
  ['a"b\\c', '"a\\"b\\\\c"'],
] as const)('the host %s is written %s', ([host, written]) => {
  expect(forwardedElement('unknown', host, 'https')).toBe(`for=unknown;host=${written};proto=https`)
})
