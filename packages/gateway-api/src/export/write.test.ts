import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'

import { writeDocuments } from './write.ts'

function parsed(yaml: string, version: '1.1' | '1.2'): readonly unknown[] {
  return parseAllDocuments(yaml, { version }).map((document) => {
    expect(document.errors).toEqual([])
    return document.toJS() as unknown
  })
}

const metadata = { name: 'a', namespace: 'b' }

const words = [
  'yes',
  'on',
  'y',
  'No',
  '012',
  '0o7',
  '0x1f',
  '1:30',
  '1e3',
  '.5',
  'null',
  '~',
  '',
  ' a ',
  '- a',
  '# a',
  'a: b',
  '2026-01-01',
  '<<',
  '=',
  '1_000',
  "'",
  '"',
  '\n',
  '\t',
  '*',
  '&a',
  '!b',
  '%',
  '@',
  '`',
]

test('parsers of YAML 1.1, as Kubernetes has, and of 1.2 read the same texts', () => {
  const texts = fc.array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 20 })), { maxLength: 4 })
  fc.assert(
    fc.property(texts, fc.dictionary(fc.constantFrom(...words), fc.string()), (values, map) => {
      const manifest = { apiVersion: 'v1', kind: 'A', metadata, spec: { values, map } }
      const yaml = writeDocuments('head', [{ manifest }, { manifest, comment: 'one\ntwo' }])
      expect(parsed(yaml, '1.2')).toEqual([manifest, manifest])
      expect(parsed(yaml, '1.1')).toEqual([manifest, manifest])
    }),
  )
})

test('a part that is used twice is written twice, and what is undefined not at all', () => {
  const part = { a: 1 }
  const manifest = { apiVersion: 'v1', kind: 'A', metadata, spec: { first: part, second: part, third: undefined } }
  expect(writeDocuments('one\ntwo', [{ manifest, comment: 'three' }])).toBe(
    '# one\n# two\n---\n# three\napiVersion: v1\nkind: A\nmetadata:\n  name: a\n  namespace: b\nspec:\n  first:\n    a: 1\n  second:\n    a: 1\n',
  )
})
