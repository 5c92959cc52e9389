/** RFC 9457 problem details, field by field. */

import { expect, test } from 'vitest'

import { problemBody } from './problem-body.ts'

const error = { code: 'no_route', type: 'invalid_request_error', message: 'No route matches this request.' }

test('problem details carry status, phrase, message and code', () => {
  expect(JSON.parse(problemBody({ ...error, status: 404 }))).toStrictEqual({
    title: 'Not Found',
    status: 404,
    detail: 'No route matches this request.',
    code: 'no_route',
  })
})

test('the parameter and the id of the request are extension members', () => {
  expect(JSON.parse(problemBody({ ...error, status: 400, param: 'model', requestId: 'r-1' }))).toMatchObject({
    title: 'Bad Request',
    param: 'model',
    request_id: 'r-1',
  })
})

test.for<[number, string]>([
  [429, 'Too Many Requests'],
  [503, 'Service Unavailable'],
  [504, 'Gateway Timeout'],
  [499, 'Request refused'],
  [599, 'Request failed'],
])('the title of %i is %s', ([status, title]) => {
  expect(JSON.parse(problemBody({ ...error, status }))).toMatchObject({ title })
})
