/** Concurrency bounds: what is let in, what is refused, and a caller that loses count. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Capacity } from './capacity.ts'

test('bounds requests and pending at 1024 and leaves repeats unbounded unless told', () => {
  const capacity = new Capacity()
  expect([capacity.maxRequests, capacity.maxPending, capacity.maxRetries]).toEqual([1024, 1024, Infinity])
})

test('refuses above the bound, and lets in again when a place comes back', () => {
  const capacity = new Capacity({ maxRequests: 2 })
  expect([capacity.tryAcquire(), capacity.tryAcquire(), capacity.tryAcquire()]).toEqual([true, true, false])
  capacity.release()
  expect(capacity.tryAcquire()).toBe(true)
  expect(capacity.inFlight).toBe(2)
  expect(capacity.requestOverflows).toBe(1)
})

test('the three bounds do not share places, and their overflows are counted apart', () => {
  const capacity = new Capacity({ maxRequests: 0, maxRetries: 1, maxPending: 2 })
  expect(capacity.tryAcquire()).toBe(false)
  expect([capacity.tryAcquireRetry(), capacity.tryAcquireRetry()]).toEqual([true, false])
  expect([capacity.tryQueue(), capacity.tryQueue(), capacity.tryQueue()]).toEqual([true, true, false])
  expect([capacity.inFlight, capacity.retries, capacity.pending]).toEqual([0, 1, 2])
  expect([capacity.requestOverflows, capacity.retryOverflows, capacity.pendingOverflows]).toEqual([1, 1, 1])
  expect(capacity.overflows).toBe(3)
  capacity.releaseRetry()
  capacity.leaveQueue()
  expect([capacity.retries, capacity.pending]).toEqual([0, 1])
})

test('other bounds leave the count as it is', () => {
  const capacity = new Capacity({ maxRequests: 3, maxRetries: 1 })
  for (let request = 0; request < 3; request++) capacity.tryAcquire()
  expect(() => capacity.setBounds({ maxRequests: 1, maxPending: -1 })).toThrow('capacity: maxPending is -1')
  expect([capacity.maxRequests, capacity.maxRetries]).toEqual([3, 1])
  capacity.setBounds({ maxRequests: 2 })
  expect([capacity.inFlight, capacity.maxRequests, capacity.maxRetries]).toEqual([3, 2, Infinity])
  capacity.release()
  expect(capacity.tryAcquire()).toBe(false)
  capacity.release()
  expect(capacity.tryAcquire()).toBe(true)
})

test('a queue that somebody else counts is bounded as well', () => {
  const capacity = new Capacity({ maxPending: 2 })
  expect([0, 1, 2, 3].map((waiting) => capacity.mayQueue(waiting))).toEqual([true, true, false, false])
  expect([capacity.pending, capacity.pendingOverflows]).toEqual([0, 2])
})

test.for(['release', 'releaseRetry', 'leaveQueue'] as const)(
  '%s without a place is an error of the caller',
  (method) => {
    const capacity = new Capacity()
    expect(() => capacity[method]()).toThrow(RangeError)
    expect(() => capacity[method]()).toThrow(`capacity: ${method}() without`)
    expect([capacity.inFlight, capacity.retries, capacity.pending]).toEqual([0, 0, 0])
  },
)

test.for(['maxRequests', 'maxRetries', 'maxPending'] as const)('%s below 0 or NaN is refused by name', (name) => {
  expect(() => new Capacity({ [name]: -1 })).toThrow(`capacity: ${name} is -1, expected`)
  expect(() => new Capacity({ [name]: Number.NaN })).toThrow(`capacity: ${name} is NaN, expected`)
})

test('holds as many as were let in and not given back, and never more than the bound', () => {
  fc.assert(
    fc.property(fc.nat(5), fc.array(fc.boolean(), { maxLength: 60 }), (maxRequests, arrivals) => {
      const capacity = new Capacity({ maxRequests })
      let held = 0
      for (const arrives of arrivals) {
        if (arrives && capacity.tryAcquire()) held++
        if (!arrives && held > 0) {
          capacity.release()
          held--
        }
        expect(capacity.inFlight).toBe(held)
        expect(held).toBeLessThanOrEqual(maxRequests)
      }
    }),
  )
})
