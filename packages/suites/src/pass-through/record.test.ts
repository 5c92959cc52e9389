/** Holds the comparison of records to what it may overlook and what it may not. */

import { expect, test } from 'vitest'
import { errorRecord, failureOf, normalise, normaliseRequestHeaders } from './record.ts'

test('volatile values are replaced by their name, at any depth, and nothing else is', () => {
  expect(normalise({ id: 'x', text: 'id', list: [{ created: 1, index: 0 }], none: { id: null } })).toEqual({
    id: '<id>',
    text: 'id',
    list: [{ created: '<created>', index: 0 }],
    none: { id: null },
  })
})

test('headers lose the fields of one hop', () => {
  const headers = new Headers({ connection: 'close', 'content-type': 'a/b', date: 'today' })
  expect(normalise(headers)).toEqual({ 'content-type': 'a/b', date: '<date>' })
})

test('headers of a request lose what a gateway sets', () => {
  expect(normaliseRequestHeaders({ host: 'a', 'x-forwarded-for': 'b', authorization: 'c' })).toEqual({
    authorization: 'c',
  })
})

test('an error is recorded by class, name, message and the fields that SDKs give it', () => {
  class StatusError extends TypeError {
    readonly status = 429
  }
  expect(errorRecord(new StatusError('no'))).toEqual({
    class: 'StatusError',
    name: 'TypeError',
    message: 'no',
    status: 429,
  })
})

test('what was meant to fail and did not is told', async () => {
  expect(await failureOf(() => Promise.resolve(1))).toEqual({ unexpected: 1 })
  expect(await failureOf(() => Promise.reject(new Error('no')))).toMatchObject({ message: 'no' })
})
