/** A tree of a regular expression to a program for Thompson's simulation. Knows no text. */

import type { Node } from './parse.ts'
import { PatternSyntaxError } from './cursor.ts'
import type { Ranges } from './ranges.ts'

/** Takes one character of `ranges` and goes on behind itself. */
export const takeOne = 0
/** Goes on at both places. */
export const split = 1
/** Goes on at one place. */
export const jump = 2
/** Goes on behind itself only at the start of the text, or only at its end. */
export const atStart = 3
export const atEnd = 4
/** The text matches if it ends here. */
export const accept = 5

export type Instruction =
  | { readonly kind: typeof takeOne; readonly ranges: Ranges }
  | { readonly kind: typeof split; first: number; second: number }
  | { readonly kind: typeof jump; target: number }
  | { readonly kind: typeof atStart | typeof atEnd | typeof accept }

/** Bounds the work for each character of a text. Counted before anything is written, so nested counts cost nothing. */
export const maxInstructions = 2000

/** Throws `PatternSyntaxError` where the program would be too large. */
export function write(node: Node): readonly Instruction[] {
  const size = sizeOf(node) + 1
  if (size > maxInstructions) {
    throw new PatternSyntaxError(`too large: ${size} instructions, at most ${maxInstructions}; lower the counts`, 0)
  }
  const program: Instruction[] = []
  emit(node, program)
  program.push({ kind: accept })
  return program
}

/** The instructions that `emit` writes; an empty item counts as one, so that counts of nothing are bounded too. */
function sizeOf(node: Node): number {
  switch (node.kind) {
    case 'set':
    case 'start':
    case 'end':
      return 1
    case 'sequence':
      return Math.max(1, sum(node.items))
    case 'choice':
      return sum(node.options) + 2 * (node.options.length - 1)
    case 'repeat': {
      const size = sizeOf(node.item)
      const optional = node.most === Infinity ? size + 2 : (node.most - node.least) * (size + 1)
      return Math.max(1, node.least * size + optional)
    }
  }
}

function sum(nodes: readonly Node[]): number {
  return nodes.reduce((total, node) => total + sizeOf(node), 0)
}

function emit(node: Node, program: Instruction[]): void {
  switch (node.kind) {
    case 'set':
      program.push({ kind: takeOne, ranges: node.ranges })
      return
    case 'start':
      program.push({ kind: atStart })
      return
    case 'end':
      program.push({ kind: atEnd })
      return
    case 'sequence':
      for (const item of node.items) emit(item, program)
      return
    case 'choice':
      emitChoice(node.options, program)
      return
    case 'repeat':
      emitRepeat(node.item, node.least, node.most, program)
  }
}

function emitChoice(options: readonly Node[], program: Instruction[]): void {
  const jumps: { kind: typeof jump; target: number }[] = []
  for (const [index, option] of options.entries()) {
    if (index === options.length - 1) {
      emit(option, program)
      break
    }
    const fork = pushSplit(program)
    emit(option, program)
    const out = { kind: jump, target: 0 } as const
    jumps.push(out)
    program.push(out)
    fork.second = program.length
  }
  for (const out of jumps) out.target = program.length
}

function emitRepeat(item: Node, least: number, most: number, program: Instruction[]): void {
  for (let copy = 0; copy < least; copy++) emit(item, program)
  if (most === Infinity) {
    const start = program.length
    const fork = pushSplit(program)
    emit(item, program)
    program.push({ kind: jump, target: start })
    fork.second = program.length
    return
  }
  const forks: ReturnType<typeof pushSplit>[] = []
  for (let copy = least; copy < most; copy++) {
    forks.push(pushSplit(program))
    emit(item, program)
  }
  for (const fork of forks) fork.second = program.length
}

function pushSplit(program: Instruction[]): { readonly kind: typeof split; first: number; second: number } {
  const fork = { kind: split, first: program.length + 1, second: 0 } as const
  program.push(fork)
  return fork
}
