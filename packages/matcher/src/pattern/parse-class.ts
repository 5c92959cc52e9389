/** Escapes and character classes of a regular expression. Knows nothing of groups and repeats. */

import { PatternSyntaxError, type Cursor } from './cursor.ts'
import { foldCase, negate, normalise, type Ranges } from './ranges.ts'

const digits: Ranges = [0x30, 0x39]
const wordCharacters: Ranges = [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a]
/** RE2's: tab, line feed, form feed, carriage return, space. */
const spaces: Ranges = [0x09, 0x0a, 0x0c, 0x0d, 0x20, 0x20]

const namedSets: ReadonlyMap<string, Ranges> = new Map([
  ['d', digits],
  ['D', negate(digits)],
  ['w', wordCharacters],
  ['W', negate(wordCharacters)],
  ['s', spaces],
  ['S', negate(spaces)],
])

const controls: ReadonlyMap<string, number> = new Map([
  ['t', 0x09],
  ['n', 0x0a],
  ['v', 0x0b],
  ['f', 0x0c],
  ['r', 0x0d],
])

const refusedEscapes: readonly (readonly [letters: RegExp, what: string])[] = [
  [/[0-9]/, 'back-references and octal escapes are not supported'],
  [/k/, 'back-references are not supported'],
  [/[bB]/, 'word boundaries are not supported'],
  [/[pPX]/, 'Unicode properties are not supported'],
  [/[AzZG]/, 'of the anchors only "^" and "$" are supported'],
  [/[QE]/, 'quoting with \\Q and \\E is not supported'],
]

/** Consumes one of \d \w \s \D \W \S, if it is next. */
export function escapedSet(cursor: Cursor): Ranges | undefined {
  const set = cursor.source[cursor.at] === '\\' ? namedSets.get(cursor.source[cursor.at + 1] ?? '') : undefined
  if (set !== undefined) cursor.at += 2
  return set
}

const hexadecimal = /\\x(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,6})\})/y

/** Consumes an escape that stands for one character, and gives its code point. */
export function readEscapedCharacter(cursor: Cursor): number {
  const { source, at } = cursor
  const character = source[at + 1]
  if (character === undefined) throw new PatternSyntaxError('"\\" at the end', at)
  if (character === 'x') {
    hexadecimal.lastIndex = at
    const found = hexadecimal.exec(source)
    const codePoint = Number.parseInt(found?.[1] ?? found?.[2] ?? '', 16)
    if (!(codePoint <= 0x10ffff))
      throw new PatternSyntaxError('\\x must be followed by two hexadecimal digits or {…}', at)
    cursor.at = hexadecimal.lastIndex
    return codePoint
  }
  const control = controls.get(character)
  if (control === undefined && !/[!-/:-@[-`{-~ ]/.test(character)) {
    const refused = refusedEscapes.find(([letters]) => letters.test(character))
    throw new PatternSyntaxError(refused?.[1] ?? `"\\${character}" is not supported`, at)
  }
  cursor.at += 2
  return control ?? character.charCodeAt(0)
}

/** Consumes `[...]`. */
export function parseClass(cursor: Cursor): Ranges {
  const { source, at: start, ignoreCase } = cursor
  cursor.at++
  const negated = source[cursor.at] === '^'
  if (negated) cursor.at++
  const ranges: number[] = []
  // A "]" that comes first is a member, as in RE2.
  for (let first = true; first || source[cursor.at] !== ']'; first = false) {
    if (cursor.at >= source.length) throw new PatternSyntaxError('"[" without "]"', start)
    if (source.startsWith('[:', cursor.at)) throw new PatternSyntaxError('POSIX classes are not supported', cursor.at)
    const set = escapedSet(cursor)
    if (set === undefined) ranges.push(...parseRange(cursor))
    else if (isRange(cursor)) throw new PatternSyntaxError('a range must be between two characters', cursor.at)
    else ranges.push(...set)
  }
  cursor.at++
  const members = ignoreCase ? foldCase(normalise(ranges)) : normalise(ranges)
  return negated ? negate(members) : members
}

/** A "-" is next and is not the last in its class. */
function isRange({ source, at }: Cursor): boolean {
  return source[at] === '-' && source[at + 1] !== undefined && source[at + 1] !== ']'
}

function parseRange(cursor: Cursor): [low: number, high: number] {
  const at = cursor.at
  const low = readMember(cursor)
  if (!isRange(cursor)) return [low, low]
  cursor.at++
  const upper = cursor.at
  if (escapedSet(cursor) !== undefined) throw new PatternSyntaxError('a range must be between two characters', upper)
  const high = readMember(cursor)
  if (high < low) throw new PatternSyntaxError('a range must not end before its start', at)
  return [low, high]
}

function readMember(cursor: Cursor): number {
  if (cursor.source[cursor.at] === '\\') return readEscapedCharacter(cursor)
  const codePoint = cursor.source.codePointAt(cursor.at)
  if (codePoint === undefined) throw new PatternSyntaxError('"[" without "]"', cursor.at)
  cursor.at += codePoint > 0xffff ? 2 : 1
  return codePoint
}
