import { expect, expectTypeOf, test } from 'vitest'
import { conditionNames as inConfig } from '@headgate/config'
import type { ConditionName, FallbackConditionName } from '@headgate/config'
import type { ErrorClass } from '@headgate/dialect'
import { conditionNames as inProxy } from '@headgate/proxy'
import type { ConditionName as Met } from '@headgate/proxy'

test('the conditions that a config may name are those that the proxy can meet', () => {
  expect([...inConfig].toSorted()).toEqual([...inProxy].toSorted())
  expectTypeOf<Exclude<ConditionName, number>>().toEqualTypeOf<Met>()
})

test('the errors that a fallback may name are those that the dialects can tell', () => {
  expectTypeOf<Exclude<FallbackConditionName, ConditionName>>().toEqualTypeOf<ErrorClass>()
  expect(true).toBe(true)
})
