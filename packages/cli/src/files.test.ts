import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readFiles } from './files.ts'

const folder = mkdtempSync(join(tmpdir(), 'headgate-files-'))
afterAll(() => rmSync(folder, { recursive: true }))

for (const name of ['b.yaml', 'a.yml', 'c.JSON', 'notes.md', '.hidden.yaml', 'd.yaml.bak']) {
  writeFileSync(join(folder, name), name)
}
mkdirSync(join(folder, 'sub.yaml'))
mkdirSync(join(folder, 'empty'))

const names = (...paths: string[]): string[] =>
  readFiles(paths.map((path) => join(folder, path))).files.map(({ name }) => name.slice(folder.length + 1))

test('a folder is its manifests, by name', () => {
  expect(names('')).toEqual(['a.yml', 'b.yaml', 'c.JSON'])
})

test('files are read in the order given, each once, whatever they are called', () => {
  expect(names('notes.md', 'b.yaml', '', 'notes.md')).toEqual(['notes.md', 'b.yaml', 'a.yml', 'c.JSON'])
  expect(readFiles([join(folder, 'b.yaml')]).files[0]?.text).toBe('b.yaml')
})

test('every path that cannot be read is told', () => {
  const { diagnostics } = readFiles(['nowhere.yaml', 'empty', 'a.yml', 'a.yml/x'].map((path) => join(folder, path)))
  expect(diagnostics.map(({ file, message }) => [file.slice(folder.length + 1), message])).toEqual([
    ['nowhere.yaml', 'there is no such file'],
    ['empty', 'the folder has no file that ends in .yaml, .yml or .json'],
    ['a.yml/x', 'the file cannot be read (ENOTDIR)'],
  ])
})
