/** Rules that tell values of one header apart and leave the rest to 404, such as the two groups of an A/B test. */

import type { MatchConfig, RouteInput } from '@headgate/config'

import type { Build } from '../build.ts'
import { covers } from '../hostnames.ts'
import type { Listener } from '../listeners.ts'
import { prefixOf, rowsOf, valuesOf } from './rows.ts'
import type { Row } from './rows.ts'

/** Comparing each group with each match is for files that people write. */
const mostRows = 2000

/** Matches that differ in the value of one header only. */
interface HeaderGroup {
  readonly header: string
  readonly rows: Row[]
  readonly values: Set<string>
  /** The other headers, which all of them have. */
  readonly others: readonly string[]
}

export function checkHoles(build: Build, listeners: readonly Listener[], routes: readonly RouteInput[]): void {
  for (const listener of listeners) {
    const rows = rowsOf(listener, routes)
    if (rows.length > mostRows) continue
    for (const group of groupsOf(rows)) {
      if (group.values.size > 1 && !rows.some((row) => takesTheRest(row, group))) tell(build, group)
    }
  }
}

function groupsOf(rows: readonly Row[]): readonly HeaderGroup[] {
  const groups = new Map<string, HeaderGroup>()
  for (const row of rows) {
    const { path, method, headers = [], query = [] } = row.match
    const values = valuesOf(headers, (name) => name.toLowerCase())
    for (const own of values) {
      const [header, type, value] = JSON.parse(own) as [string, string, string]
      if (type !== 'Exact') continue
      const others = values.filter((other) => other !== own)
      const { namespace, name } = row.route
      const key = JSON.stringify([namespace, name, path, method, query, header, others])
      const group = groups.get(key) ?? { header, rows: [], values: new Set<string>(), others }
      group.rows.push(row)
      group.values.add(value)
      groups.set(key, group)
    }
  }
  return [...groups.values()]
}

/** Does this match take what has another value of the header, or none? */
function takesTheRest({ match, hosts }: Row, { rows, others }: HeaderGroup): boolean {
  const [first] = rows
  if (first === undefined) return true
  if (!coversHosts(hosts, first.hosts) || !coversPath(match.path, first.match.path)) return false
  if ((match.query ?? []).length > 0 || (match.method !== undefined && match.method !== first.match.method))
    return false
  return valuesOf(match.headers ?? [], (name) => name.toLowerCase()).every((header) => others.includes(header))
}

function coversHosts(wide: readonly string[], narrow: readonly string[]): boolean {
  if (wide.length === 0) return true
  return narrow.length > 0 && narrow.every((host) => wide.some((other) => covers(other, host)))
}

function coversPath(wide: MatchConfig['path'], narrow: MatchConfig['path']): boolean {
  const prefix = prefixOf(wide)
  if (prefix === undefined) {
    return wide?.type === narrow?.type && wide?.value === narrow?.value
  }
  if (prefix === '') return true
  if (narrow?.type === 'RegularExpression') return false
  const value = prefixOf(narrow) ?? narrow?.value ?? ''
  return value === prefix || value.startsWith(`${prefix}/`)
}

function tell({ context, provenance }: Build, { header, rows, values }: HeaderGroup): void {
  const [first] = rows
  const source = provenance.of(first?.rule)
  if (first === undefined || source === undefined) return
  const path = first.match.path?.value ?? '/'
  const message = `requests for ${path} with another value of ${header} than ${[...values].join(', ')}, or without it, meet no rule and get 404`
  const hint = `add a rule for ${path} without ${header}`
  // Two values look like a test that was to reach everybody, more of them like a list of what there is.
  const severity = values.size === 2 ? 'warning' : 'info'
  context.say(severity, source.resource, source.path, 'ab-hole', message, hint)
}
