/** The whole config as a schema: shapes, bounds and defaults. Names that must be declared elsewhere are `references.ts`. */

import { z } from 'zod'

import * as defaults from './defaults.ts'
import { reservedFieldProblem, tokenPattern } from './header-fields.ts'
import type { GatewayConfigInput, LimitInput } from './input.ts'
import { backendSchema } from './schema-backends.ts'
import { listenerSchema } from './schema-listeners.ts'
import { routeSchema } from './schema-routes.ts'
import { secretSchema } from './schema-secret.ts'
import { checkedText, conforming, duration, fieldName, integer, name, origin, strict, token } from './schema-values.ts'
import type { GatewayConfig, LimitConfig } from './types.ts'

const most = Number.MAX_SAFE_INTEGER

/** V8's own bound for the entries of one Map. */
const mostKeys = 2 ** 24

const limit = () =>
  conforming<LimitConfig, LimitInput>()(
    strict({
      name: name('the name of a limit'),
      per: z
        .union([z.literal('all'), strict({ header: fieldName }), strict({ key: name('the name of a key function') })], {
          error: 'all, or an object with one of the keys header and key',
        })
        .default('all'),
      tokens: integer(1, most, 'tokens'),
      every: duration(1),
      burst: integer(1, most, 'tokens').exactOptional(),
      fill: z.enum(['continuous', 'stepped'], { error: 'continuous or stepped' }).default(defaults.limit.fill),
      maxKeys: integer(1, mostKeys, 'keys').default(defaults.limit.maxKeys),
      origin: origin.exactOptional(),
    }).transform(({ burst, ...rest }) => ({ ...rest, burst: burst ?? rest.tokens })),
  )

const responseField = () =>
  checkedText('the name of a header field', (value) => reservedFieldProblem(value, 'response', 'set')).regex(
    tokenPattern,
  )

const bytes = () => integer(0, most, 'bytes')

const build = (): z.ZodType<GatewayConfig, GatewayConfigInput> =>
  conforming<GatewayConfig, GatewayConfigInput>()(
    strict({
      $schema: z.string({ error: 'the address of a JSON schema' }).exactOptional(),
      version: z.literal(1, { error: '1, the version of this format' }),
      name: token('the name of the gateway').max(253).default(defaults.gatewayName),
      listeners: z.array(listenerSchema(), { error: 'a list of listeners' }).default([]),
      backends: z.array(backendSchema(), { error: 'a list of backends' }).default([]),
      limits: z.array(limit(), { error: 'a list of limits' }).default([]),
      routes: z.array(routeSchema(), { error: 'a list of routes' }).default([]),
      forwarded: strict({
        trustedHops: integer(0, 100, 'proxies').default(defaults.trustedHops),
      }).default(() => ({ trustedHops: defaults.trustedHops })),
      bodies: strict({
        keepPerRequest: bytes().default(defaults.bodies.keepPerRequest),
        keepTotal: bytes().default(defaults.bodies.keepTotal),
      }).default(() => ({ ...defaults.bodies })),
      sessionKey: secretSchema().exactOptional(),
      reporting: strict({
        serverTiming: z.boolean({ error: 'true or false' }).default(false),
        header: responseField().exactOptional(),
      }).exactOptional(),
    }).transform(({ $schema: _, ...config }) => config),
  )

let last: WeakRef<z.ZodType<GatewayConfig, GatewayConfigInput>> | undefined

/**
 * Made anew where the last one is gone. A config is read when a process starts and seldom after that, and the thousand schemas that
 * this one is made of are a good part of what every collection of garbage would have to look at.
 */
export function gatewaySchema(): z.ZodType<GatewayConfig, GatewayConfigInput> {
  const kept = last?.deref()
  if (kept !== undefined) return kept
  const built = build()
  last = new WeakRef(built)
  return built
}
