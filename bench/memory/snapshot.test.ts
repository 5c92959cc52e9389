import { readFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeHeapSnapshot } from 'node:v8'
import { expect, test } from 'vitest'
import { objectsIn } from './snapshot.ts'

test('objects that are held are counted, and those that were let go are not', { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-snapshot-'))
  const count = (name: string): number => {
    const file = writeHeapSnapshot(join(folder, name))
    return objectsIn(JSON.parse(readFileSync(file, 'utf8')) as Parameters<typeof objectsIn>[0])
  }
  try {
    const before = count('before')
    let held: object[] = Array.from({ length: 50_000 }, (_, index) => ({ index }))
    const between = count('between')
    expect(held.length).toBe(50_000)
    held = []
    const after = count('after')
    expect(between - before).toBeGreaterThan(49_000)
    expect(between - after).toBeGreaterThan(49_000)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
