import { expect, test } from 'vitest'
import { shown } from './text.ts'

test.for<[string, string]>([
  ['/v1/chat', '/v1/chat'],
  ['/é/日本', '/é/日本'],
  ['a\u0000b\tc\r\nd\u001B[31m', 'a\uFFFDb\uFFFDc\uFFFD\uFFFDd\uFFFD[31m'],
  ['\u007F\u0085\u009B1m', '\uFFFD\uFFFD\uFFFD1m'],
  ['a\u2028b\u202Ec\u2066d\u200F', 'a\uFFFDb\uFFFDc\uFFFDd\uFFFD'],
  ['x'.repeat(21), `${'x'.repeat(20)}…`],
])('%j is shown as %j', ([text, expected]) => {
  expect(shown(text, 20)).toBe(expected)
})
