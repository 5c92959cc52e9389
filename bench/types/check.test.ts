import { expect, test } from 'vitest'
import { readDiagnostics } from './check.ts'
import { program } from './generate.ts'

test('the counts of the compiler are read', () => {
  const text =
    'Types:           35328\nInstantiations:  34231\nMemory used:    64512K\nCheck time:     1.106s\nTotal time: 2s\n'
  expect(readDiagnostics(text)).toEqual({ instantiations: 34231, types: 35328, checkSeconds: 1.106, memoryMiB: 63 })
})

test('a count that is not there is an error that shows what was said', () => {
  expect(() => readDiagnostics('Types: 1\n')).toThrow(/nothing of "Instantiations"[^]*Types: 1/)
})

test('a program has as many routes as it is asked for, each with a name of its own', () => {
  const names = [...program(20).matchAll(/\.route\('([^']+)'/g)].map(([, name]) => name)
  expect(new Set(names).size).toBe(20)
  expect(program(0)).not.toContain('.route(')
})
