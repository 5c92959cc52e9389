import { expect, test } from 'vitest'
import { bare, bareAgain, chosen, own, peers } from './contestants.ts'

const all = [bare, bareAgain, ...own, ...peers]

test('without a choice all take part but those on demand', () => {
  expect(chosen(all, [])).toEqual(all.filter(({ onDemand }) => onDemand !== true))
})

test('a choice is by name or by server, and bare is always there', () => {
  expect(chosen(all, ['unmeasured', 'Portkey']).map(({ server }) => server)).toEqual([
    'bare',
    'bare',
    'unmeasured',
    'portkey',
  ])
})

test('a name that nobody has is refused with those that there are', () => {
  expect(() => chosen(all, ['nginx'])).toThrow(/nobody is called nginx; there are bare, plain/)
})
