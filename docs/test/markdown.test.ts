/** Tests the reader of code blocks, and that links between pages lead somewhere. Whether blocks compile is `check:docs`. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { blocksOf } from '../scripts/markdown.ts'
import { root } from './workspace.ts'

test('blocks are found with their language, note and line', () => {
  const page = 'text\n```ts\na\n\nb\n```\n- item\n  ~~~sh no-check: why\n  c\n  ~~~\n````md\n```ts\nd\n```\n````\n'
  expect(blocksOf(page)).toEqual([
    { language: 'ts', note: '', code: 'a\n\nb\n', line: 2 },
    { language: 'sh', note: 'no-check: why', code: 'c\n', line: 8 },
    { language: 'md', note: '', code: '```ts\nd\n```\n', line: 11 },
  ])
})

test('a block that is left open is an error that names its line', () => {
  expect(() => blocksOf('\n```ts\na\n')).toThrow('opens in line 2')
})

test('links between pages lead to files', () => {
  const pages = globSync('**/*.md', { cwd: root, exclude: (path) => /(^|\/)(node_modules|\.git)$/.test(path) })
  const broken = pages.flatMap((page) =>
    [...readFileSync(join(root, page), 'utf8').matchAll(/\]\((?!\w+:|#)([^)#\s]+)[^)]*\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !existsSync(join(root, dirname(page), target)))
      .map((target) => `${page} links to ${target}`),
  )
  expect(broken).toEqual([])
})
