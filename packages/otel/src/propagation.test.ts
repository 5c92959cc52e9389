import fc from 'fast-check'
import { ROOT_CONTEXT, trace } from '@opentelemetry/api'
import type { SpanContext } from '@opentelemetry/api'
import { expect, test } from 'vitest'
import { readTraceparent, traceContext } from './propagation.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const spanId = 'b7ad6b7169203331'

const cases: [value: string, flags: number | undefined][] = [
  [`00-${traceId}-${spanId}-01`, 1],
  [`00-${traceId}-${spanId}-00`, 0],
  [`00-${traceId}-${spanId}-03`, 3],
  [` 00-${traceId}-${spanId}-01 `, 1],
  // A later version may have more, this one not.
  [`01-${traceId}-${spanId}-01-more`, 1],
  [`cc-${traceId}-${spanId}-01`, 1],
  [`00-${traceId}-${spanId}-01-more`, undefined],
  [`01-${traceId}-${spanId}-01more`, undefined],
  [`ff-${traceId}-${spanId}-01`, undefined],
  [`00-${'0'.repeat(32)}-${spanId}-01`, undefined],
  [`00-${traceId}-${'0'.repeat(16)}-01`, undefined],
  [`00-${traceId.toUpperCase()}-${spanId}-01`, undefined],
  [`00-${traceId.slice(1)}-${spanId}-01`, undefined],
  [`00-${traceId}-${spanId}`, undefined],
  [`00-${traceId}-${spanId}-1`, undefined],
  // Sent twice: joined as HTTP joins fields.
  [`00-${traceId}-${spanId}-01, 00-${traceId}-${spanId}-01`, undefined],
  ['', undefined],
]

test.for(cases)('"%s" has the flags %s', ([value, traceFlags]) => {
  const expected = traceFlags === undefined ? undefined : { traceId, spanId, traceFlags, isRemote: true }
  expect(readTraceparent(value)).toEqual(expected)
})

const hex = (length: number): fc.Arbitrary<string> =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'.split('')), { minLength: length, maxLength: length })
    .map((digits) => digits.join(''))
    .filter((digits) => /[^0]/.test(digits))

function injected(span: SpanContext): Record<string, string> {
  const head: Record<string, string> = { tracestate: 'old=1' }
  traceContext.inject(
    trace.setSpanContext(ROOT_CONTEXT, span),
    { set: (name, value) => void (head[name] = value), remove: (name) => void delete head[name] },
    undefined,
  )
  return head
}

test('what is written is read again', () => {
  fc.assert(
    fc.property(hex(32), hex(16), fc.integer({ min: 0, max: 255 }), (trace_, span, traceFlags) => {
      const head = injected({ traceId: trace_, spanId: span, traceFlags })
      expect(head['traceparent']).toHaveLength(55)
      expect(readTraceparent(head['traceparent'] ?? '')).toEqual({
        traceId: trace_,
        spanId: span,
        traceFlags,
        isRemote: true,
      })
      // The state of another trace does not go on with this one.
      expect(head).not.toHaveProperty('tracestate')
    }),
  )
})

test('any text at all is read without throwing', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(readTraceparent(text)).toBeUndefined()
    }),
  )
})
