import { expect, test } from 'vitest'
import { grpcHeaders, grpcStatusOf, isGrpc } from './grpc-answer.ts'

test.for<[string | undefined, boolean]>([
  ['application/grpc', true],
  ['application/grpc+proto', true],
  ['Application/GRPC; charset=x', true],
  ['application/grpc-web', false],
  ['application/json', false],
  [undefined, false],
])('%s is gRPC: %s', ([contentType, expected]) => {
  expect(isGrpc(contentType)).toBe(expected)
})

test.for<[number, string]>([
  [404, '12'],
  [503, '14'],
  [429, '14'],
  [500, '2'],
  [421, '2'],
])('HTTP status %i is gRPC status %s', ([status, expected]) => {
  const headers = grpcHeaders(status, 'some_code', 'Not 100% sure.')
  expect(headers[headers.indexOf('grpc-status') + 1]).toBe(expected)
  expect(headers[headers.indexOf('grpc-message') + 1]).toBe('Not 100%25 sure.')
})

test.for<[string[], number | undefined]>([
  [['grpc-status', '0'], 0],
  [['x', '1', 'Grpc-Status', '14', 'grpc-message', 'm'], 14],
  [['grpc-status', 'secret'], undefined],
  [['x', 'grpc-status'], undefined],
  [[], undefined],
])('%j says the gRPC status %s', ([fields, expected]) => {
  expect(grpcStatusOf(fields)).toBe(expected)
})
