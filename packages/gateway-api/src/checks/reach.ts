/** Rules that no request can reach, as another one takes all of theirs. */

import type { MatchConfig, RouteInput, RuleInput } from '@headgate/config'

import type { Build } from '../build.ts'
import type { Listener } from '../listeners.ts'
import { conditionsOf, rowsOf } from './rows.ts'
import type { Row } from './rows.ts'

/** How often a match stands on some listener, and who takes its requests there. */
interface Fate {
  readonly row: Row
  count: number
  readonly winners: Row[]
}

export function checkReach(build: Build, listeners: readonly Listener[], routes: readonly RouteInput[]): void {
  const fates = new Map<MatchConfig | RuleInput, Fate>()
  for (const listener of listeners) followOn(rowsOf(listener, routes), fates)
  const dead = new Map<RuleInput, Fate[]>()
  for (const fate of fates.values()) {
    if (fate.winners.length < fate.count) continue
    dead.set(fate.row.rule, [...(dead.get(fate.row.rule) ?? []), fate])
  }
  for (const [rule, lost] of dead) tell(build, rule, lost)
}

/** A rule without matches has no match to stand for it. */
function keyOf({ rule, match }: Row): MatchConfig | RuleInput {
  return (rule.matches ?? []).length === 0 ? rule : match
}

function followOn(rows: readonly Row[], fates: Map<MatchConfig | RuleInput, Fate>): void {
  const best = new Map<string, Row>()
  const catchAll = new Map<string, Row>()
  for (const row of rows) {
    const hosts = JSON.stringify(row.hosts.toSorted())
    const key = `${hosts} ${conditionsOf(row.match)}`
    const rival = best.get(key)
    if (rival === undefined || goesBefore(row, rival)) best.set(key, row)
    if (isEveryPath(row.match) && !catchAll.has(hosts)) catchAll.set(hosts, row)
  }
  for (const row of rows) {
    const fate = fates.get(keyOf(row)) ?? { row, count: 0, winners: [] }
    fates.set(keyOf(row), fate)
    fate.count++
    const hosts = JSON.stringify(row.hosts.toSorted())
    const winner = best.get(`${hosts} ${conditionsOf(row.match)}`)
    const pattern = catchAll.get(hosts)
    const isPrefix = (row.match.path?.type ?? 'PathPrefix') === 'PathPrefix'
    if (winner !== undefined && winner !== row) fate.winners.push(winner)
    else if (pattern !== undefined && isPrefix) fate.winners.push(pattern)
  }
}

/** The ties of Gateway API: the older route, then `namespace/name`, then the order of the rules. */
function goesBefore(a: Row, b: Row): boolean {
  if (a.route !== b.route) {
    const { createdAt: ageA } = a.route
    const { createdAt: ageB } = b.route
    if (ageA !== undefined && ageB !== undefined && ageA !== ageB) return ageA < ageB
    return `${a.route.namespace}/${a.route.name}` < `${b.route.namespace}/${b.route.name}`
  }
  return a.ruleIndex < b.ruleIndex
}

/** Any regular expression goes before any prefix, however long. */
function isEveryPath({ path, method, headers = [], query = [] }: MatchConfig): boolean {
  if (path?.type !== 'RegularExpression' || method !== undefined || headers.length > 0 || query.length > 0) return false
  return /^\^?\/?\.\*\$?$/.test(path.value)
}

function tell({ context, provenance }: Build, rule: RuleInput, lost: readonly Fate[]): void {
  const isWhole = lost.length >= Math.max(1, (rule.matches ?? []).length)
  for (const { row, winners } of isWhole ? lost.slice(0, 1) : lost) {
    const source = provenance.of(isWhole ? rule : row.match)
    const [winner] = winners
    if (source === undefined || winner === undefined) continue
    const where = winner.rule.origins?.['rule'] ?? ''
    const title = `${winner.route.namespace}/${winner.route.name} rules[${winner.ruleIndex}]`
    const what = isWhole ? 'no request can reach this rule' : 'no request can reach the rule by this match'
    const message = `${what}: ${title} (${where}) takes all of them`
    context.warn(source.resource, source.path, 'unreachable-rule', message)
  }
}
