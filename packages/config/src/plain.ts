/**
 * A copy of somebody's input that is safe to walk: own keys only, without prototypes, getters read once, finite, no cycles.
 * It knows nothing of what a config is.
 */

import type { ProblemList } from './problems.ts'

/** The config is eight levels deep. */
const maxDepth = 32

/** Values of all kinds; a config of 10,000 backends has about 200,000. */
const maxValues = 500_000

interface Copying {
  readonly problems: ProblemList
  readonly path: (string | number)[]
  readonly ancestors: Set<object>
  remaining: number
}

/**
 * `undefined` fields are left out, `-0` becomes `0`. What cannot be copied is `undefined` in the copy and told in `problems`;
 * of an input that is too large nothing is left.
 */
export function plainCopy(input: unknown, problems: ProblemList): unknown {
  const copying: Copying = { problems, path: [], ancestors: new Set(), remaining: maxValues }
  const copy = copyValue(input, copying)
  if (copying.remaining >= 0) return copy
  copying.path.length = 0
  return refuse(copying, 'it is too large to be a config', `at most ${maxValues} values`)
}

function copyValue(value: unknown, copying: Copying): unknown {
  if (--copying.remaining < 0) return undefined
  if (typeof value === 'number') return value === 0 ? 0 : value
  if (typeof value !== 'object' || value === null) return value
  if (copying.ancestors.has(value)) return refuse(copying, 'it contains itself', 'plain data without cycles')
  if (copying.path.length >= maxDepth) return refuse(copying, 'it is nested too deeply', `at most ${maxDepth} levels`)
  copying.ancestors.add(value)
  try {
    return Array.isArray(value) ? copyList(value, copying) : copyObject(value, copying)
  } catch {
    return refuse(copying, 'it cannot be read', 'plain data')
  } finally {
    copying.ancestors.delete(value)
  }
}

function copyList(list: readonly unknown[], copying: Copying): unknown {
  const copy: unknown[] = []
  // Read once, and the walk ends with `remaining`: a sparse array may claim four billion items.
  const length = list.length
  for (let index = 0; index < length && copying.remaining >= 0; index++) copy.push(copyItem(list, index, copying))
  return copy
}

function copyObject(value: object, copying: Copying): unknown {
  if (!isPlain(value)) return refuse(copying, 'it is not plain data', 'a plain object, as JSON and YAML have it')
  const copy = Object.create(null) as Record<string, unknown>
  for (const key of Object.keys(value)) {
    if (copying.remaining < 0) break
    const item = copyItem(value, key, copying)
    if (item !== undefined) copy[key] = item
  }
  return copy
}

/** A getter or a proxy may throw while it is read. */
function copyItem(holder: object, key: string | number, copying: Copying): unknown {
  copying.path.push(key)
  try {
    return copyValue((holder as Readonly<Record<string | number, unknown>>)[key], copying)
  } catch {
    return refuse(copying, 'it cannot be read', 'plain data')
  } finally {
    copying.path.pop()
  }
}

/** No prototype, or one that has none itself: also true for objects of another realm, false for instances of classes. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function refuse(copying: Copying, message: string, expected: string): undefined {
  copying.problems.add({ path: [...copying.path], value: undefined, message, expected })
  return undefined
}
