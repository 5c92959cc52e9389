/** What a gateway says of a request, with the places where all of it was written. It asks no gateway and words nothing. */

import type { GatewayConfig, Origin, RouteConfig, RuleConfig } from '@headgate/config'
import type { ExplainedBackend, ExplainedLoser, ExplainedWinner, Explanation } from 'headgate'
import { policiesInForce } from './policies-in-force.ts'
import type { PolicyInForce } from './policies-in-force.ts'

export interface Explained {
  readonly request: { readonly method: string; readonly target: string }
  readonly refused: Explanation['refused']
  readonly winner: ExplainedRule | undefined
  /** The nearest first. */
  readonly losers: readonly (ExplainedLoser & { readonly origin: Origin | undefined })[]
}

export interface ExplainedRule extends Omit<ExplainedWinner, 'backends'> {
  /** Where the rule was written, and its route. */
  readonly origin: Origin | undefined
  readonly routeOrigin: Origin | undefined
  readonly backends: readonly ExplainedShare[]
  readonly policies: readonly PolicyInForce[]
}

export interface ExplainedShare extends ExplainedBackend {
  readonly origin: Origin | undefined
}

export function withOrigins(
  { refused, winner, losers }: Explanation,
  config: GatewayConfig,
  request: Explained['request'],
): Explained {
  return {
    request,
    refused,
    winner: winner === undefined ? undefined : explainRule(winner, config),
    losers: losers.map((loser) => ({ ...loser, origin: ruleOrigin(config, loser.route, loser.rule) })),
  }
}

function explainRule(winner: ExplainedWinner, config: GatewayConfig): ExplainedRule {
  const { route, rule } = find(config, winner.route, winner.rule)
  return {
    ...winner,
    origin: rule?.origins?.['rule'],
    routeOrigin: route?.origin,
    backends: winner.backends.map((share) => ({
      ...share,
      origin: config.backends.find(({ name }) => name === share.backend)?.origin,
    })),
    policies: rule === undefined ? [] : policiesInForce(rule, config),
  }
}

function ruleOrigin(config: GatewayConfig, routeName: string, ruleName: string): Origin | undefined {
  const { route, rule } = find(config, routeName, ruleName)
  return rule?.origins?.['rule'] ?? route?.origin
}

/** By the names that the gateway reports: `namespace/name`, and a rule's own name, its route's where it is alone, or its place. */
function find(
  config: GatewayConfig,
  routeName: string,
  ruleName: string,
): { readonly route: RouteConfig | undefined; readonly rule: RuleConfig | undefined } {
  const route = config.routes.find(
    ({ namespace, name }) => routeName === (namespace === undefined ? name : `${namespace}/${name}`),
  )
  const rule = route?.rules.find(
    ({ name }, index) => ruleName === (name ?? (route.rules.length === 1 ? route.name : String(index))),
  )
  return { route, rule }
}
