/** Text of a regular expression to a tree, in the part of RE2's syntax that is supported. Knows nothing of how it is run. */

import { escapedSet, parseClass, readEscapedCharacter } from './parse-class.ts'
import type { Cursor } from './cursor.ts'
import { PatternSyntaxError } from './cursor.ts'
import { foldCase, negate, type Ranges } from './ranges.ts'

export type Node =
  | { readonly kind: 'set'; readonly ranges: Ranges }
  | { readonly kind: 'sequence'; readonly items: readonly Node[] }
  | { readonly kind: 'choice'; readonly options: readonly Node[] }
  /** `most` is `Infinity` where there is no upper bound. */
  | { readonly kind: 'repeat'; readonly item: Node; readonly least: number; readonly most: number }
  | { readonly kind: 'start' }
  | { readonly kind: 'end' }

/** As RE2: a longer count multiplies the size of the program. */
const maxCount = 1000
/** Keeps the parser's own recursion shallow. */
const maxDepth = 100
const newline = 0x0a

/** Throws `PatternSyntaxError`. */
export function parse(source: string): Node {
  const ignoreCase = source.startsWith('(?i)')
  const cursor: Cursor = { source, at: ignoreCase ? 4 : 0, ignoreCase }
  const node = parseChoice(cursor, 0)
  if (cursor.at < source.length) throw new PatternSyntaxError('")" without "("', cursor.at)
  return node
}

function parseChoice(cursor: Cursor, depth: number): Node {
  const options = [parseSequence(cursor, depth)]
  while (cursor.source[cursor.at] === '|') {
    cursor.at++
    options.push(parseSequence(cursor, depth))
  }
  return options.length === 1 && options[0] !== undefined ? options[0] : { kind: 'choice', options }
}

function parseSequence(cursor: Cursor, depth: number): Node {
  const items: Node[] = []
  for (;;) {
    const next = cursor.source[cursor.at]
    if (next === undefined || next === '|' || next === ')') return { kind: 'sequence', items }
    items.push(parseRepeat(cursor, depth))
  }
}

function parseRepeat(cursor: Cursor, depth: number): Node {
  const item = parseAtom(cursor, depth)
  const at = cursor.at
  const count = readCount(cursor)
  if (count === undefined) return item
  if (item.kind === 'start' || item.kind === 'end') throw new PatternSyntaxError('an anchor cannot be repeated', at)
  // The lazy form prefers fewer repeats. That chooses among matches and not whether there is one.
  if (cursor.source[cursor.at] === '?') cursor.at++
  const second = cursor.source[cursor.at]
  if (second === '*' || second === '+' || second === '?' || second === '{') {
    throw new PatternSyntaxError(
      second === '+'
        ? 'possessive forms and nested repeats are not supported'
        : 'a repeat cannot be repeated; use a group',
      cursor.at,
    )
  }
  return { kind: 'repeat', item, least: count.least, most: count.most }
}

interface Count {
  readonly least: number
  readonly most: number
}

const counts: ReadonlyMap<string, Count> = new Map([
  ['*', { least: 0, most: Infinity }],
  ['+', { least: 1, most: Infinity }],
  ['?', { least: 0, most: 1 }],
])
const braces = /\{(\d+)(,(\d*))?\}/y

function readCount(cursor: Cursor): Count | undefined {
  const character = cursor.source[cursor.at]
  if (character === undefined) return undefined
  const simple = counts.get(character)
  if (simple !== undefined) {
    cursor.at++
    return simple
  }
  if (character !== '{') return undefined
  braces.lastIndex = cursor.at
  const found = braces.exec(cursor.source)
  if (found === null)
    throw new PatternSyntaxError('"{" must be a count such as {2}, {2,} or {2,5}, or be escaped', cursor.at)
  const least = Number(found[1])
  const most = found[2] === undefined ? least : found[3] === '' ? Infinity : Number(found[3])
  if (least > maxCount || (most !== Infinity && most > maxCount)) {
    throw new PatternSyntaxError(`a count must be at most ${maxCount}`, cursor.at)
  }
  if (most < least) throw new PatternSyntaxError('a count must not end below its start', cursor.at)
  cursor.at = braces.lastIndex
  return { least, most }
}

function parseAtom(cursor: Cursor, depth: number): Node {
  const { source, at } = cursor
  switch (source[at]) {
    case '(':
      return parseGroup(cursor, depth)
    case '[':
      return { kind: 'set', ranges: parseClass(cursor) }
    case '.':
      cursor.at++
      return { kind: 'set', ranges: negate([newline, newline]) }
    case '^':
      cursor.at++
      return { kind: 'start' }
    case '$':
      cursor.at++
      return { kind: 'end' }
    case '*':
    case '+':
    case '?':
      throw new PatternSyntaxError(`nothing to repeat before "${source[at]}"`, at)
    case '{':
      throw new PatternSyntaxError('"{" must be escaped, or be a count behind what it repeats', at)
    case '\\':
      return { kind: 'set', ranges: escapedSet(cursor) ?? literal(readEscapedCharacter(cursor), cursor.ignoreCase) }
    default: {
      const codePoint = source.codePointAt(at) ?? 0
      cursor.at += codePoint > 0xffff ? 2 : 1
      return { kind: 'set', ranges: literal(codePoint, cursor.ignoreCase) }
    }
  }
}

function literal(codePoint: number, ignoreCase: boolean): Ranges {
  const ranges = [codePoint, codePoint]
  return ignoreCase ? foldCase(ranges) : ranges
}

const refusedGroups: readonly (readonly [start: string, what: string])[] = [
  ['(?=', 'look-ahead is not supported'],
  ['(?!', 'look-ahead is not supported'],
  ['(?<=', 'look-behind is not supported'],
  ['(?<!', 'look-behind is not supported'],
  ['(?<', 'named groups are not supported; use "(" or "(?:"'],
  ['(?P', 'named groups are not supported; use "(" or "(?:"'],
  ['(?>', 'atomic groups are not supported'],
  ['(?(', 'conditions are not supported'],
  ['(?#', 'comments are not supported'],
]

function parseGroup(cursor: Cursor, depth: number): Node {
  const { source, at } = cursor
  if (depth >= maxDepth) throw new PatternSyntaxError(`groups must not be nested more than ${maxDepth} deep`, at)
  if (source.startsWith('(?:', at)) cursor.at += 3
  else if (source.startsWith('(?', at)) {
    const refused = refusedGroups.find(([start]) => source.startsWith(start, at))
    throw new PatternSyntaxError(refused?.[1] ?? 'of the flags only "(?i)" at the very start is supported', at)
  } else cursor.at++
  const node = parseChoice(cursor, depth + 1)
  if (source[cursor.at] !== ')') throw new PatternSyntaxError('"(" without ")"', at)
  cursor.at++
  return node
}
