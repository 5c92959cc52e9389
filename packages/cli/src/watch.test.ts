import { once } from 'node:events'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, watch as watchFolder, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FileWatch } from './watch.ts'

let folder = ''
let watch: FileWatch
/** Resolves with the next call. */
let changed = Promise.withResolvers<string>()

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headgate-watch-'))
  changed = Promise.withResolvers<string>()
  watch = new FileWatch(
    () => changed.resolve('changed'),
    (path) => changed.resolve(`blind ${path}`),
  )
})

afterEach(() => {
  watch.close()
  rmSync(folder, { recursive: true, force: true })
})

function file(name: string, text = ''): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

test('a write to the file', async () => {
  const path = file('a.yaml')
  watch.watch([path])
  writeFileSync(path, 'new')
  expect(await changed.promise).toBe('changed')
})

test('another file that takes its place', async () => {
  watch.watch([file('a.yaml')])
  renameSync(file('a.yaml.new'), join(folder, 'a.yaml'))
  expect(await changed.promise).toBe('changed')
})

test('a file that was not there before', async () => {
  watch.watch([join(folder, 'later.yaml')])
  file('later.yaml')
  expect(await changed.promise).toBe('changed')
})

test('any file of a folder that was given', async () => {
  watch.watch([folder])
  file('anything')
  expect(await changed.promise).toBe('changed')
})

test('the file that a link leads to', async () => {
  mkdirSync(join(folder, 'elsewhere'))
  const path = file('elsewhere/real.yaml')
  symlinkSync(path, join(folder, 'link.yaml'))
  watch.watch([join(folder, 'link.yaml')])
  writeFileSync(path, 'new')
  expect(await changed.promise).toBe('changed')
})

test.for([
  ['a neighbour', 'neighbour.log'],
  ['a file that is no longer watched', 'former.yaml'],
] as const)('%s is nothing', async ([, name]) => {
  for (const other of ['a.yaml', 'former.yaml', 'neighbour.log']) file(other)
  let calls = 0
  watch.close()
  watch = new FileWatch(
    () => calls++,
    () => {},
    0,
  )
  watch.watch([join(folder, 'former.yaml')])
  watch.watch([join(folder, 'a.yaml')])
  // It is told after the watch, which stood there first.
  const witness = watchFolder(folder)
  file(name, 'new')
  await once(witness, 'change')
  await new Promise((resolve) => setTimeout(resolve, 1))
  witness.close()
  expect(calls).toBe(0)
})

test('a folder that cannot be watched is told', async () => {
  watch.watch([join(folder, 'gone', 'a.yaml')])
  expect(await changed.promise).toBe(`blind ${join(folder, 'gone')}`)
})
