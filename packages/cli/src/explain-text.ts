/** An explanation as text for a terminal. */

import type { MatchConfig, Origin } from '@headgate/config'
import type { ExplainedBackend, ExplainedWinner, Explanation } from 'headgate'

/** What a gateway says of a request, beside the request. */
export interface Explained extends Explanation {
  readonly request: { readonly method: string; readonly target: string }
}

export function explainText(explained: Explained): string {
  const { request, refused, winner, losers, otherListeners } = explained
  const lines = [`${request.method} ${request.target}`, '']
  if (refused !== undefined) {
    lines.push(`is refused with ${refused.status} (${refused.code}) before any route is looked at: ${refused.message}`)
  } else if (winner === undefined) lines.push(`is taken by no ${isForNone(explained) ? 'listener' : 'rule'}: 404`)
  else lines.push(...winnerLines(winner, explained))
  if (losers.length > 0) {
    lines.push('', winner === undefined ? 'the nearest' : 'not taken by')
    for (const { route, rule, match, because, origin } of losers) {
      lines.push(`  ${ruleText(route, rule)}, ${matchText(match)}${at(origin)}`, `      ${because}`)
    }
  }
  if (otherListeners.length > 0) {
    lines.push('', 'does not come in by')
    for (const { listener, because } of otherListeners) lines.push(`  ${listener}: ${because}`)
  }
  return `${lines.join('\n')}\n`
}

function isForNone({ listener, otherListeners }: Explained): boolean {
  return listener === undefined && otherListeners.length > 0
}

function winnerLines(winner: ExplainedWinner, { listener }: Explained): readonly string[] {
  const { route, rule, match, hostname, backends, unresolved, policies } = winner
  const rows: [name: string, text: string][] = []
  if (listener !== undefined) {
    const { name, protocol, port, hostname: host = 'every host' } = listener
    rows.push(['listener', `${name} (${protocol}, port ${port}, ${host})${at(listener.origin)}`])
  }
  rows.push(
    ['route', `${route}${at(winner.routeOrigin)}`],
    ['rule', `${rule}${at(winner.origin)}`],
    ['match', `${matchText(match)}${hostname === undefined ? '' : `, host ${hostname}`}`],
  )
  if (backends.length + unresolved.length === 0) rows.push(['backend', 'none'])
  const total = [...backends, ...unresolved].reduce((sum, { weight }) => sum + weight, 0)
  for (const share of backends) rows.push(['backend', `${percent(share.weight, total)} ${backendText(share)}`])
  for (const { weight, because } of unresolved) {
    rows.push(['backend', `${percent(weight, total)} is answered with 500: ${because}`])
  }
  for (const { policy, text, origin } of policies) rows.push([policy, `${text}${at(origin)}`])
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, text]) => `${name.padEnd(width)}  ${text}`)
}

function backendText({ backend, endpoints, origin }: ExplainedBackend): string {
  return `${backend} (${endpoints.length === 0 ? 'no endpoint: 503' : endpoints.join(', ')})${at(origin)}`
}

function percent(weight: number, total: number): string {
  return `${total === 0 ? 0 : Math.round((weight / total) * 1000) / 10}%`
}

function ruleText(route: string, rule: string): string {
  return rule === route || route.endsWith(`/${rule}`) ? route : `${route}, rule ${rule}`
}

/** A match as one reads it: `POST PathPrefix /v1, header x-a = b`. */
function matchText({ path, method, headers = [], query = [] }: MatchConfig): string {
  const parts = [path === undefined ? 'PathPrefix /' : `${path.type} ${path.value}`]
  if (method !== undefined) parts[0] = `${method} ${parts[0]}`
  for (const { name, type, value } of headers) parts.push(`header ${name} ${sign(type)} ${value}`)
  for (const { name, type, value } of query) parts.push(`query ${name} ${sign(type)} ${value}`)
  return parts.join(', ')
}

function sign(type: 'Exact' | 'RegularExpression' | undefined): string {
  return type === 'RegularExpression' ? '~' : '='
}

function at(origin: Origin | undefined): string {
  return origin === undefined ? '' : `  [${origin}]`
}
