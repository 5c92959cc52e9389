/** Bytes and instantiations stay under their ceilings. */
import { expect, test } from 'vitest'
import { instantiationsPerRoute, ownBytes, wholeBytes } from './ceilings.ts'
import { bundle, packages } from './size/bundle.ts'
import { check } from './types/check.ts'

const named = new Map(packages().map((one) => [one.name, one]))

test('every package has a ceiling, and every ceiling a package', () => {
  expect(Object.keys(ownBytes).toSorted()).toEqual([...named.keys()].toSorted())
})

test.for(Object.entries(ownBytes))('the own code of %s is under its ceiling', async ([name, { most }]) => {
  const { gzip } = await bundle(named.get(name)!, false)
  expect(gzip).toBeLessThanOrEqual(most)
})

test.for(Object.entries(wholeBytes))('%s with its imports is under its ceiling', async ([name, { most, figure }]) => {
  const bytes = await bundle(named.get(name)!, true)
  expect(bytes[figure]).toBeLessThanOrEqual(most)
})

test.for(Object.entries(instantiationsPerRoute))(
  'the types of a config of %s routes are under their ceiling',
  { timeout: 120_000 },
  async ([routes, { most }]) => {
    const [empty, full] = [await check(0), await check(Number(routes))]
    expect((full.instantiations - empty.instantiations) / Number(routes)).toBeLessThanOrEqual(most)
  },
)
