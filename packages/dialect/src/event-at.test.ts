/** Where events begin, in a stream of which the beginning may be missing. */

import { expect, test } from 'vitest'

import { eventStart, readEvent } from './event-at.ts'

test.for<[string, boolean, number]>([
  ['data: 1\n\nid: 2\ndata: x', true, 9],
  ['data: 1\r\n\r\ndata: x', true, 11],
  ['data: 1\r\rdata: x', true, 9],
  ['\ndata: x', true, 1],
  // The break may be that of a line whose text is not there.
  ['\ndata: x', false, 0],
  ['\r\ndata: x', false, 0],
  ['\n\r\ndata: x', false, 3],
  ['a\n\ndata: x', false, 3],
])('%j, whole: %s, begins at %i', ([text, isWhole, start]) => {
  expect(eventStart(Buffer.from(text), text.length - 1, isWhole)).toBe(start)
})

test('lines of data are joined, and a line that is cut is one', () => {
  const bytes = Buffer.from('{"a":\n: comment\ndata: 1}\n\ndata: 2')
  const event = readEvent(bytes, 0, true)
  expect([event.data.toString(), event.isEnded, event.next]).toEqual(['{"a":\n 1}', true, 26])
  const last = readEvent(bytes, event.next, false)
  expect([last.data.toString(), last.isEnded]).toEqual([' 2', false])
})
