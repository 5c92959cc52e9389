import { expect, test } from 'vitest'

import { DiagnosticList, describeDiagnostic, fieldText } from './diagnostics.ts'
import type { Diagnostic } from './diagnostics.ts'

const one: Diagnostic = { severity: 'warning', code: 'a', file: 'x.yaml', line: 3, message: 'm' }

test.for([
  [[], ''],
  [['spec', 'rules', 0, 'name'], 'spec.rules[0].name'],
  [['metadata', 'labels', 'a.b/c'], 'metadata.labels["a.b/c"]'],
  [['data', 'tls.crt'], 'data["tls.crt"]'],
] as const)('the path %j reads %s', ([path, text]) => {
  expect(fieldText(path)).toBe(text)
})

test('a diagnostic is one line, with what it has', () => {
  expect(describeDiagnostic(one)).toBe('x.yaml:3: warning: m [a]')
  expect(describeDiagnostic({ ...one, object: 'Service a/b', field: 'spec.x', hint: 'h' })).toBe(
    'x.yaml:3: warning: Service a/b spec.x: m (h) [a]',
  )
})

test('the order is that of files, lines and severity', () => {
  const list = new DiagnosticList()
  list.add({ ...one, file: 'b.yaml', line: 1 })
  list.add({ ...one, line: 5 })
  list.add({ ...one, severity: 'info' })
  list.add({ ...one, severity: 'error' })
  expect(list.sorted(['x.yaml', 'b.yaml']).map(({ file, line, severity }) => [file, line, severity])).toEqual([
    ['x.yaml', 3, 'error'],
    ['x.yaml', 3, 'info'],
    ['x.yaml', 5, 'warning'],
    ['b.yaml', 1, 'warning'],
  ])
})

test('the same is said once', () => {
  const list = new DiagnosticList()
  list.add(one)
  list.add({ ...one })
  list.add({ ...one, message: 'other' })
  expect(list.sorted([])).toHaveLength(2)
})

test('the list is bounded, what is left out is counted, and an error is never lost', () => {
  const list = new DiagnosticList()
  for (let line = 1; line <= 1500; line++) list.add({ ...one, line })
  expect(list.hasErrors).toBe(false)
  list.add({ ...one, severity: 'error', line: 9999 })
  const all = list.sorted(['x.yaml'])
  expect(list.hasErrors).toBe(true)
  expect(all).toHaveLength(1002)
  expect(all.at(-1)).toMatchObject({ code: 'too-many', message: '500 further diagnostics are not listed' })
  expect(all.some(({ severity, line }) => severity === 'error' && line === 9999)).toBe(true)
})
