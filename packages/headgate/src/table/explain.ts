/** What a gateway would do with a request, in words that people and programs can read. Decides nothing. */

import type { ListenerConfig, Origin } from '@headgate/config'
import { explain as explainMatch, match } from '@headgate/matcher'
import type { Loss, Match, MatchTable, Row } from '@headgate/matcher'
import { Refusal, readIncoming } from '../request/incoming.ts'
import type { Incoming } from '../request/incoming.ts'
import { explained, explainListener } from './explain-listener.ts'
import type { ExplainedListener, ListenerChoice, PassedListener } from './explain-listener.ts'
import type { RulePlan } from './plan-rule.ts'
import { policiesInForce } from './policies-in-force.ts'
import type { PolicyInForce } from './policies-in-force.ts'
import { routeName } from './table.ts'
import type { Table } from './table.ts'

export interface ExplainRequest {
  /** Default `GET`. */
  readonly method?: string
  /** Path with query, or an absolute URL, whose host is then the request's, and whose scheme and port choose the listener. */
  readonly target: string
  /** Names without case. A list is several fields of one name. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
}

export interface ExplainedBackend {
  readonly backend: string
  /** The backends that take over, in order. */
  readonly fallbacks: readonly string[]
  readonly weight: number
  /** Share of the rule's requests, 0 to 1. */
  readonly share: number
  readonly endpoints: readonly string[]
  /** Where it was written, for a config that was read from files. */
  readonly origin: Origin | undefined
}

export interface ExplainedWinner {
  readonly route: string
  readonly rule: string
  /** The match that won, as written. */
  readonly match: Match
  readonly hostname: string | undefined
  readonly backends: readonly ExplainedBackend[]
  /** References that could not be resolved: their share is answered with 500. */
  readonly unresolved: readonly { readonly weight: number; readonly because: string }[]
  readonly limits: readonly string[]
  readonly retry: RulePlan['config']['retry']
  readonly timeouts: RulePlan['config']['timeouts']
  /** Everything that the rule and its backends are held to, in words, each with its place. */
  readonly policies: readonly PolicyInForce[]
  /** Where the rule was written, and its route. */
  readonly origin: Origin | undefined
  readonly routeOrigin: Origin | undefined
}

export interface ExplainedLoser {
  readonly route: string
  readonly rule: string
  readonly match: Match
  /** The first thing that the request lacks, or the tie-break that it lost, as a sentence. */
  readonly because: string
  /** `listener`: it would win, and is not attached to the listener by which the request comes in. */
  readonly loss: Loss | { readonly reason: 'listener'; readonly expected: readonly string[] }
  /** Where its rule was written. */
  readonly origin: Origin | undefined
}

export interface Explanation {
  /** Set when the request would be refused before any route is looked at. */
  readonly refused: { readonly status: number; readonly code: string; readonly message: string } | undefined
  /** By which the request comes in; undefined where the config has none, or none of them is for it: then it gets 404. */
  readonly listener: ExplainedListener | undefined
  /** The other listeners, each with the first reason why it is not that one. */
  readonly otherListeners: readonly PassedListener[]
  readonly winner: ExplainedWinner | undefined
  /** The nearest first. */
  readonly losers: readonly ExplainedLoser[]
}

export function explainRequest(table: Table, request: ExplainRequest): Explanation {
  const incoming = incomingOf(request)
  if (incoming instanceof Refusal) {
    const { status = 400, code, message = '' } = incoming.answer
    const refused = { status, code, message }
    return { refused, listener: undefined, otherListeners: [], winner: undefined, losers: [] }
  }
  const { chosen, passed } = chooseListener(table, request.target, incoming)
  const listener = chosen === undefined ? undefined : explained(chosen)
  const matcher = matcherOf(table, chosen)
  const { winner, losers } = matcher === undefined ? { winner: undefined, losers: [] } : explainMatch(matcher, incoming)
  return {
    refused: undefined,
    listener,
    otherListeners: passed,
    winner: winner === undefined ? undefined : explainWinner(winner, table),
    losers: [
      ...elsewhere(table, chosen, incoming),
      ...losers.map(({ row, loss }) => explainLoser(row, loss, describeLoss(loss), table)),
    ],
  }
}

function incomingOf(request: ExplainRequest): Incoming | Refusal {
  const rawHeaders = flatten(request.headers ?? {})
  const absolute = /^https?:\/\/[^/?#]*/i.test(request.target)
  const named = rawHeaders.some((name, at) => at % 2 === 0 && name.toLowerCase() === 'host')
  return readIncoming(
    {
      method: request.method ?? 'GET',
      target: request.target,
      // HTTP/1.0 needs no Host field: a request without one is matched by routes without host names.
      httpVersion: named || absolute ? '1.1' : '1.0',
      rawHeaders: named || !absolute ? rawHeaders : ['host', new URL(request.target).host, ...rawHeaders],
      remoteAddress: '',
      protocol: /^https:/i.test(request.target) ? 'https' : 'http',
    },
    '',
    0,
  )
}

function chooseListener(table: Table, target: string, incoming: Incoming): ListenerChoice {
  const url = /^https?:/i.test(target) ? URL.parse(target) : null
  const scheme = url === null ? undefined : url.protocol === 'https:' ? 'https' : 'http'
  const wellKnown = scheme === 'https' ? 443 : 80
  const port = url === null ? undefined : url.port === '' ? wellKnown : Number(url.port)
  return explainListener(table.config.listeners, { host: incoming.host, scheme, port }, (listener) => {
    const matcher = matcherOf(table, listener)
    return matcher !== undefined && match(matcher, incoming) !== undefined
  })
}

/** Without listeners there are mounts, which serve everything. */
function matcherOf(table: Table, listener: ListenerConfig | undefined): MatchTable<RulePlan> | undefined {
  if (listener !== undefined) return table.listeners.get(listener.name)
  return table.config.listeners.length === 0 ? table.matcher : undefined
}

/** What would take the request if it were attached to the listener. */
function elsewhere(table: Table, chosen: ListenerConfig | undefined, incoming: Incoming): readonly ExplainedLoser[] {
  if (table.config.listeners.length === 0) return []
  const row = match(table.matcher, incoming)
  const attached = row === undefined ? undefined : routeOf(table, row.value.route)?.listeners
  if (row === undefined || attached === undefined || (chosen !== undefined && attached.includes(chosen.name))) return []
  const by = chosen === undefined ? 'no listener' : chosen.name
  const because = `it is attached to ${attached.join(', ')}, the request comes in by ${by}`
  return [explainLoser(row, { reason: 'listener', expected: attached }, because, table)]
}

function explainLoser(
  { value: plan, match: written }: Row<RulePlan>,
  loss: ExplainedLoser['loss'],
  because: string,
  table: Table,
): ExplainedLoser {
  const origin = plan.config.origins?.['rule'] ?? routeOf(table, plan.route)?.origin
  return { route: plan.route, rule: plan.rule, match: written, because, loss, origin }
}

function routeOf({ config }: Table, name: string): Table['config']['routes'][number] | undefined {
  return config.routes.find((route) => routeName(route) === name)
}

function explainWinner({ value: plan, match: written, hostname }: Row<RulePlan>, table: Table): ExplainedWinner {
  const total = plan.split.reduce((sum, entry) => sum + entry.weight, 0)
  return {
    route: plan.route,
    rule: plan.rule,
    match: written,
    hostname,
    backends: plan.split.flatMap(({ backend, weight, fallbacks }) =>
      backend === undefined
        ? []
        : {
            backend: backend.state.name,
            weight,
            share: total === 0 ? 0 : weight / total,
            endpoints: backend.state.endpoints.map(({ endpoint }) => endpoint.url),
            fallbacks: fallbacks.map(({ state }) => state.name),
            origin: backend.state.config.origin,
          },
    ),
    unresolved: plan.config.backends.flatMap(({ unresolved, weight }) =>
      unresolved === undefined ? [] : { weight, because: unresolved },
    ),
    limits: plan.limits.map(({ state }) => state.config.name),
    retry: plan.config.retry,
    timeouts: plan.config.timeouts,
    policies: policiesInForce(plan.config, table.config),
    origin: plan.config.origins?.['rule'],
    routeOrigin: routeOf(table, plan.route)?.origin,
  }
}

/** One sentence for people. */
function describeLoss(loss: Loss): string {
  switch (loss.reason) {
    case 'host':
      return `the host is "${loss.actual}", the route wants "${loss.expected}"`
    case 'path':
      return `the path is "${loss.actual}", the match wants ${loss.expected.type} "${loss.expected.value}"`
    case 'method':
      return `the method is ${loss.actual}, the match wants ${loss.expected}`
    case 'header':
    case 'query': {
      const what = `${loss.reason === 'header' ? 'header' : 'query parameter'} "${loss.expected.name}"`
      const actual = loss.actual === undefined ? 'is absent' : `is "${loss.actual}"`
      const wanted = loss.expected.type === 'RegularExpression' ? 'a match of' : 'exactly'
      return `${what} ${actual}, the match wants ${wanted} "${loss.expected.value}"`
    }
    case 'outranked':
      return `it matches, but the winner ranks higher by ${loss.by}`
  }
}

function flatten(headers: Readonly<Record<string, string | readonly string[]>>): string[] {
  const flat: string[] = []
  for (const [name, value] of Object.entries(headers)) {
    for (const one of typeof value === 'string' ? [value] : value) flat.push(name, one)
  }
  return flat
}
