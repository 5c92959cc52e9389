/** YAML text to documents that remember file and line. It knows no kinds; everything that is read here is plain data. */

import { Composer, Lexer, LineCounter, Parser, isAlias, isMap, isScalar, isSeq } from 'yaml'
import type { CST, Document, Node, Pair, ParsedNode, YAMLMap } from 'yaml'

import type { DiagnosticList, FieldPath } from './diagnostics.ts'

/** One file as it was read. */
export interface SourceFile {
  /** Shown in diagnostics and origins: a path, or any name. */
  readonly name: string
  readonly text: string
}

/** Most characters of all files together. */
const defaultMaxCharacters = 2 * 1024 * 1024

/**
 * What may still be read of several texts. Tokens are what a parser's time goes into: a text of line breaks alone has one for
 * each character, a manifest one for about three.
 */
export class ReadingBudget {
  readonly characters: number
  readonly tokens: number
  #left: number

  constructor(maxCharacters: number = defaultMaxCharacters) {
    this.characters = maxCharacters
    this.tokens = Math.ceil(maxCharacters / 4)
    this.#left = this.tokens
  }

  /** False when the token is one too many. */
  token(): boolean {
    return --this.#left >= 0
  }
}

/** Most values that one file may expand to; aliases count each time. */
const maxNodes = 500_000

/** Most documents in one file. */
const maxDocuments = 10_000

/** Most maps and lists inside one another. */
const maxDepth = 64

/** Most mistakes and directives (`%YAML`) between documents. */
const mostOdd = 1000

/** Parts that a parser may have begun and not ended; a level of maps and lists is two or three of them. */
const mostOpen = 4 * maxDepth

/** Lines of a value and of what is in it. */
export interface Spot {
  readonly line: number
  readonly children?: ReadonlyMap<string | number, Spot>
}

/** One YAML document as plain data: maps without a prototype, lists, strings, numbers, booleans, null. */
export interface SourceDocument {
  readonly file: string
  readonly value: unknown
  readonly spot: Spot
}

/** The line of a field, or of the nearest thing around it where the field is not there. */
export function lineOf(spot: Spot, path: FieldPath): number {
  let found = spot
  for (const key of path) {
    const child = found.children?.get(key)
    if (child === undefined) break
    found = child
  }
  return found.line
}

/** The documents of a file; empty ones are left out. A file with a mistake gives none: half a file may mean the opposite. */
export function readDocuments(
  file: SourceFile,
  list: DiagnosticList,
  budget: ReadingBudget = new ReadingBudget(),
): readonly SourceDocument[] {
  const lines = new LineCounter()
  const documents: SourceDocument[] = []
  let failed = false
  const refuse = (offset: number, message: string, code = 'yaml-syntax'): void => {
    failed = true
    const line = offset < 0 ? 1 : lines.linePos(offset).line || 1
    list.add({ severity: 'error', code, file: file.name, line, message })
  }
  const reader = new Reader(lines, refuse)
  // The library makes an error of each mistake, in vain but for the first ones; most of their cost is the stack.
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    const tokens = tokensOf(file.text, lines, budget, refuse)
    // Duplicate keys are looked for here: the library compares each key with each other one.
    const composer = new Composer({ version: '1.2', schema: 'core', uniqueKeys: false, prettyErrors: false })
    let count = 0
    for (const document of composer.compose(tokens, false, file.text.length)) {
      if (++count > maxDocuments) {
        refuse(document.range[0], `the file has more than ${maxDocuments} documents`, 'yaml-too-large')
        break
      }
      reportMistakes(document, refuse)
      if (failed || document.contents === null) continue
      const spot = reader.read(document.contents)
      if (spot === undefined) break
      if (spot.value !== null) documents.push({ file: file.name, ...spot })
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    refuse(0, 'the file is nested too deeply', 'yaml-too-large')
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
  return failed ? [] : documents
}

/** The library's own bounds are looked at only once it has read everything, which takes seconds for a text of brackets. */
function* tokensOf(
  text: string,
  lines: LineCounter,
  budget: ReadingBudget,
  refuse: Refuse,
): Generator<CST.Token, void> {
  const parser = new Parser(lines.addNewLine)
  lines.addNewLine(0)
  let odd = 0
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      if ((token.type === 'error' || token.type === 'directive') && ++odd > mostOdd) {
        const message = token.type === 'error' ? token.message : `there are more than ${mostOdd} directives`
        refuse(token.offset, message)
        return
      }
      yield token
    }
    if (!budget.token()) {
      refuse(parser.offset, `the files have more than ${budget.tokens} tokens together`, 'yaml-too-large')
      return
    }
    if (parser.stack.length <= mostOpen) continue
    refuse(parser.offset, 'the document is nested too deeply', 'yaml-too-large')
    return
  }
  yield* parser.end()
}

type Refuse = (offset: number, message: string, code?: string) => void

/** Further mistakes mostly follow from the first ones. */
const mostMistakes = 20

function reportMistakes(document: Document.Parsed<ParsedNode>, refuse: Refuse): void {
  for (const error of document.errors.slice(0, mostMistakes)) {
    const message = error.code === 'RESOURCE_EXHAUSTION' ? 'the document is nested too deeply' : error.message
    const code = error.code === 'RESOURCE_EXHAUSTION' ? 'yaml-too-large' : 'yaml-syntax'
    refuse(error.pos[0], message, code)
  }
  // Among the warnings are tags that are not known, which another reader would act on.
  for (const warning of document.warnings.slice(0, mostMistakes)) {
    const tag = warning.code === 'TAG_RESOLVE_FAILED' ? 'custom tags are refused: ' : ''
    refuse(warning.pos[0], `${tag}${warning.message}`)
  }
}

interface Reading {
  readonly value: unknown
  readonly spot: Spot
}

/** Turns nodes into plain data and lines. One for each file: what it may still read is bounded over all documents. */
class Reader {
  readonly #lines: LineCounter
  readonly #refuse: Refuse
  #left = maxNodes
  #anchors = new Map<string, Node>()
  /** Anchors of the nodes that are being read: an alias to one of them has no end. */
  readonly #open = new Set<Node>()

  constructor(lines: LineCounter, refuse: Refuse) {
    this.#lines = lines
    this.#refuse = refuse
  }

  read(node: Node): Reading | undefined {
    this.#anchors = new Map()
    return this.#read(node, 0)
  }

  #line(node: unknown): number {
    const offset = (node as Node | null | undefined)?.range?.[0]
    return offset === undefined ? 1 : this.#lines.linePos(offset).line || 1
  }

  #fail(node: Node, message: string, code?: string): undefined {
    this.#refuse(node.range?.[0] ?? 0, message, code)
    return undefined
  }

  #read(node: Node, depth: number): Reading | undefined {
    if (--this.#left < 0) return this.#fail(node, `the file has more than ${maxNodes} values`, 'yaml-too-large')
    if (depth > maxDepth) return this.#fail(node, `there are more than ${maxDepth} levels`, 'yaml-too-large')
    if (isAlias(node)) {
      const target = this.#anchors.get(node.source)
      if (target === undefined) return this.#fail(node, `no anchor is named ${JSON.stringify(node.source)} before here`)
      if (this.#open.has(target)) return this.#fail(node, `the alias ${node.source} stands inside of what it names`)
      const found = this.#read(target, depth + 1)
      return found && { value: found.value, spot: { ...found.spot, line: this.#line(node) } }
    }
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node)
    if (isScalar(node)) {
      const { value } = node
      const isPlain = value === null || ['string', 'number', 'boolean'].includes(typeof value)
      if (!isPlain) return this.#fail(node, 'this is no text, number, boolean or null')
      return { value, spot: { line: this.#line(node) } }
    }
    this.#open.add(node)
    const found = isMap(node) ? this.#map(node, depth) : isSeq(node) ? this.#list(node.items, node, depth) : undefined
    this.#open.delete(node)
    return found
  }

  #list(items: readonly unknown[], node: Node, depth: number): Reading | undefined {
    const value: unknown[] = []
    const children = new Map<number, Spot>()
    for (const [index, item] of items.entries()) {
      const found = this.#read(item as Node, depth + 1)
      if (found === undefined) return undefined
      value.push(found.value)
      children.set(index, found.spot)
    }
    return { value, spot: { line: this.#line(node), children } }
  }

  #map(node: YAMLMap, depth: number): Reading | undefined {
    const value = Object.create(null) as Record<string, unknown>
    const children = new Map<string, Spot>()
    const merged: Reading[] = []
    for (const pair of node.items as Pair<Node, Node | null>[]) {
      const key = keyOf(pair.key)
      if (key === undefined) return this.#fail(pair.key, 'a key must be a plain text')
      if (isScalar(pair.key) && pair.key.anchor !== undefined) this.#anchors.set(pair.key.anchor, pair.key)
      const found = pair.value === null ? { value: null, spot: { line: 0 } } : this.#read(pair.value, depth + 1)
      if (found === undefined) return undefined
      if (key === '<<') {
        merged.push(found)
        continue
      }
      if (key in value) return this.#fail(pair.key, `the key ${JSON.stringify(key)} stands twice in this map`)
      value[key] = found.value
      children.set(key, { ...found.spot, line: this.#line(pair.key) })
    }
    for (const source of merged) if (!mergeInto(value, children, source)) return this.#fail(node, 'a merge needs a map')
    return { value, spot: { line: this.#line(node), children } }
  }
}

/** Numbers and booleans count as their text, as in JSON. */
function keyOf(key: Node): string | undefined {
  if (!isScalar(key)) return undefined
  const { value } = key
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

/** YAML's merge key, as kubectl reads it: what the map itself has counts, then the first of a list. */
function mergeInto(value: Record<string, unknown>, children: Map<string, Spot>, source: Reading): boolean {
  if (Array.isArray(source.value)) {
    return source.value.every((item: unknown, index) => {
      const spot = source.spot.children?.get(index) ?? source.spot
      return !Array.isArray(item) && mergeInto(value, children, { value: item, spot })
    })
  }
  if (typeof source.value !== 'object' || source.value === null) return false
  for (const [key, item] of Object.entries(source.value)) {
    if (key in value) continue
    value[key] = item
    const spot = source.spot.children?.get(key)
    if (spot !== undefined) children.set(key, spot)
  }
  return true
}
