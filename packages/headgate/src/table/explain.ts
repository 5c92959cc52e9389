/** What a gateway would do with a request, in words that people and programs can read. Decides nothing. */

import { explain as explainMatch } from '@headgate/matcher'
import type { Loss, Match, Row } from '@headgate/matcher'
import { Refusal, readIncoming } from '../request/incoming.ts'
import type { RulePlan } from './plan-rule.ts'
import type { Table } from './table.ts'

export interface ExplainRequest {
  /** Default `GET`. */
  readonly method?: string
  /** Path with query, or an absolute URL, whose host is then the request's. */
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
}

export interface ExplainedLoser {
  readonly route: string
  readonly rule: string
  readonly match: Match
  /** The first thing that the request lacks, or the tie-break that it lost, as a sentence. */
  readonly because: string
  readonly loss: Loss
}

export interface Explanation {
  /** Set when the request would be refused before any route is looked at. */
  readonly refused: { readonly status: number; readonly code: string; readonly message: string } | undefined
  readonly winner: ExplainedWinner | undefined
  /** The nearest first. */
  readonly losers: readonly ExplainedLoser[]
}

export function explainRequest(table: Table, request: ExplainRequest): Explanation {
  const rawHeaders = flatten(request.headers ?? {})
  const absolute = /^https?:\/\/[^/?#]*/i.test(request.target)
  const named = rawHeaders.some((name, at) => at % 2 === 0 && name.toLowerCase() === 'host')
  const incoming = readIncoming(
    {
      method: request.method ?? 'GET',
      target: request.target,
      // HTTP/1.0 needs no Host field: a request without one is matched by routes without host names.
      httpVersion: named || absolute ? '1.1' : '1.0',
      rawHeaders: named || !absolute ? rawHeaders : ['host', new URL(request.target).host, ...rawHeaders],
      remoteAddress: '',
      protocol: 'http',
    },
    '',
    0,
  )
  if (incoming instanceof Refusal) {
    const { status = 400, code, message = '' } = incoming.answer
    return { refused: { status, code, message }, winner: undefined, losers: [] }
  }
  const { winner, losers } = explainMatch(table.matcher, incoming)
  return {
    refused: undefined,
    winner: winner === undefined ? undefined : explainWinner(winner),
    losers: losers.map(({ row, loss }) => ({
      route: row.value.route,
      rule: row.value.rule,
      match: row.match,
      because: describeLoss(loss),
      loss,
    })),
  }
}

function explainWinner({ value: plan, match, hostname }: Row<RulePlan>): ExplainedWinner {
  const total = plan.split.reduce((sum, entry) => sum + entry.weight, 0)
  return {
    route: plan.route,
    rule: plan.rule,
    match,
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
          },
    ),
    unresolved: plan.config.backends.flatMap(({ unresolved, weight }) =>
      unresolved === undefined ? [] : { weight, because: unresolved },
    ),
    limits: plan.limits.map(({ state }) => state.config.name),
    retry: plan.config.retry,
    timeouts: plan.config.timeouts,
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
