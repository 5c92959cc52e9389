/** Why this row, and what the nearest others lacked. For people: takes time in proportion to the rows. Knows no wording. */

import type { CompiledTable } from './compile.ts'
import { precedence, type TieBreak } from './precedence.ts'
import type { Facts, MatchTable, Row } from './rule.ts'
import { missOf, type Miss } from './scan.ts'

/**
 * Why a row did not win: the first thing it asks for that the request lacks, or that it is met and outranked. `cycle`:
 * compared alone it would beat the winner, but the ages, names and places of three or more routes contradict one another.
 */
export type Loss = Miss | { readonly reason: 'outranked'; readonly by: TieBreak | 'cycle' }

export interface Loser<T> {
  readonly row: Row<T>
  readonly loss: Loss
}

export interface Explanation<T> {
  readonly winner: Row<T> | undefined
  /** The nearest first: what was met, then what failed late (query, header, method, path, host); then by precedence. */
  readonly losers: readonly Loser<T>[]
}

const defaultMost = 5
const distances: Readonly<Record<Loss['reason'], number>> = {
  outranked: 0,
  query: 1,
  header: 2,
  method: 3,
  path: 4,
  host: 5,
}

/**
 * The winner, which is that of `match`, and the reasons of at most `most` losers (default 5). A match that stands under
 * several host names is named once, by its nearest row, and not at all where it is the winner's.
 */
export function explain<T>(table: MatchTable<T>, facts: Facts, most: number = defaultMost): Explanation<T> {
  const { patterns } = table as CompiledTable<T>
  let winner: Row<T> | undefined
  const losers: Loser<T>[] = []
  for (const row of table.rows) {
    const miss = missOf(row, facts, patterns)
    if (miss !== undefined) losers.push({ row, loss: miss })
    else if (winner === undefined) winner = row
    else losers.push({ row, loss: { reason: 'outranked', by: outrankedBy(winner, row) } })
  }
  // The sort is stable, and the rows come by precedence.
  losers.sort((first, second) => distances[first.loss.reason] - distances[second.loss.reason])
  const named = new Set(winner === undefined ? [] : [identity(winner)])
  const nearest: Loser<T>[] = []
  for (const loser of losers) {
    if (nearest.length >= most) break
    const name = identity(loser.row)
    if (named.has(name)) continue
    named.add(name)
    nearest.push(loser)
  }
  return { winner, losers: nearest }
}

function outrankedBy(winner: Row<unknown>, loser: Row<unknown>): TieBreak | 'cycle' {
  const { order, by } = precedence(winner, loser)
  return order > 0 ? 'cycle' : by
}

function identity({ routeIndex, ruleIndex, matchIndex }: Row<unknown>): string {
  return `${routeIndex}/${ruleIndex}/${matchIndex}`
}
