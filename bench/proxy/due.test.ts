import { expect, test } from 'vitest'
import { FixedBody, StampedEvents } from './due.ts'
import { event, stampAt, stamped } from './traffic.ts'

const end = Buffer.from('data: [DONE]\n\n')

function stream(events: number): Buffer {
  return Buffer.concat([...Array.from({ length: events }, () => stamped()), end])
}

test('a fixed body is compared from any place on', () => {
  const due = new FixedBody(Buffer.from('hello world'))
  expect(due.matches(Buffer.from('..world'), 2, 6, 5)).toBe(true)
  expect(due.matches(Buffer.from('..World'), 2, 6, 5)).toBe(false)
})

test('events match whatever their time is, wherever the stream is cut', () => {
  const whole = stream(3)
  for (let cut = 1; cut < whole.length; cut++) {
    const due = new StampedEvents(3, end, () => {})
    expect(due.length).toBe(whole.length)
    expect(due.matches(whole, 0, 0, cut)).toBe(true)
    expect(due.matches(whole, cut, cut, whole.length - cut)).toBe(true)
  }
})

test('one wrong byte outside of the time is seen', () => {
  const due = new StampedEvents(2, end, () => {})
  const unseen: number[] = []
  for (let at = 0; at < stream(2).length; at++) {
    const wrong = stream(2)
    wrong[at] = wrong[at]! ^ 1
    const into = at % event.length
    const isTime = at < 2 * event.length && into >= stampAt && into < stampAt + 16
    if (due.matches(wrong, 0, 0, wrong.length) !== isTime) unseen.push(at)
  }
  expect(unseen).toEqual([])
})

test('the age is told of each event that came whole', () => {
  const ages: number[] = []
  const due = new StampedEvents(3, end, (micros) => ages.push(micros))
  const whole = stream(3)
  const cut = event.length + 10
  due.matches(whole, 0, 0, cut)
  due.matches(whole, cut, cut, whole.length - cut)
  expect(ages).toHaveLength(2)
  expect(ages.every((age) => age >= 0 && age < 60e6)).toBe(true)
})
