import { expect, test } from 'vitest'
import { sampledTrace } from './trace-parent.ts'

const trace = '0af7651916cd43dd8448eb211c80319c'
const parent = 'b7ad6b7169203331'

test.for([
  [`00-${trace}-${parent}-01`, trace],
  [`00-${trace}-${parent}-03`, trace],
  [`01-${trace}-${parent}-01-what-is-ad`, undefined],
  [`01-${trace}-${parent}-01-ad`, trace],
  [`00-${trace}-${parent}-00`, undefined],
  [`00-${trace}-${parent}-02`, undefined],
  [`ff-${trace}-${parent}-01`, undefined],
  [`00-${'0'.repeat(32)}-${parent}-01`, undefined],
  [`00-${trace}-${'0'.repeat(16)}-01`, undefined],
  [`00-${trace.toUpperCase()}-${parent}-01`, undefined],
  [`00-${trace}-${parent}-01, 00-${trace}-${parent}-01`, undefined],
  [`00-${trace}"}-${parent}-01`, undefined],
  ['', undefined],
  [undefined, undefined],
] as const)('%s names the trace %s', ([traceparent, traceId]) => {
  expect(sampledTrace(traceparent)).toBe(traceId)
})
