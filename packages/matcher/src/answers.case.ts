/** Tables of requests and winners, asked of the index and of the scan. Knows no rules. */

import { expect, test } from 'vitest'
import { compile } from './compile.ts'
import { request } from './facts.case.ts'
import { match } from './match.ts'
import type { Match, PathMatch, Route, Rule } from './rule.ts'
import { scan } from './scan.ts'

export const exact = (value: string): PathMatch => ({ type: 'Exact', value })
export const prefix = (value: string): PathMatch => ({ type: 'PathPrefix', value })
export const regex = (value: string): PathMatch => ({ type: 'RegularExpression', value })
export const rule = (value: string, ...matches: readonly Match[]): Rule<string> => ({ value, matches })

export type Case = readonly [line: string, headers: Readonly<Record<string, string>>, expected: string | undefined]

/** One test for each request: the value of the winning rule, `undefined` where none is met. */
export function answers(routes: readonly Route<string>[], cases: readonly Case[]): void {
  const table = compile(routes)
  test.for(cases)('%s %j goes to %s', ([line, headers, expected]) => {
    expect(match(table, request(line, headers))?.value).toBe(expected)
    expect(scan(table, request(line, headers))?.value).toBe(expected)
  })
}
