/** Routes, rules, matches and filters as schemas. Paths, patterns and hosts are judged by the matcher that will read them. */

import { hostnameProblem, pathProblem, patternProblem } from '@headgate/matcher'
import { z } from 'zod'

import * as defaults from './defaults.ts'
import { fieldValuePattern, isHostValue, reservedFieldProblem } from './header-fields.ts'
import type {
  BackendRefInput,
  ConditionInput,
  FallbackInput,
  RetryInput,
  RouteInput,
  RuleInput,
  TimeoutsInput,
} from './input.ts'
import { checkedText, conditionText, conforming, duration, integer, name, strict, token } from './schema-values.ts'
import { conditionNames } from './types.ts'
import type {
  BackendRefConfig,
  BackoffConfig,
  ConditionName,
  FallbackConfig,
  FilterConfig,
  MatchConfig,
  RetryConfig,
  RouteConfig,
  RuleConfig,
  TimeoutsConfig,
} from './types.ts'

const most = Number.MAX_SAFE_INTEGER

/** The selector's own bound for one list of weights. */
const mostEntries = 65_536

export const fieldName: z.ZodString = token('the name of a header field')
const fieldValue = z
  .string({ error: 'text without line breaks, NUL and other control characters' })
  .regex(fieldValuePattern)

const matchType = z.enum(['Exact', 'RegularExpression'], { error: 'Exact or RegularExpression' })

const path = strict({
  type: z.enum(['Exact', 'PathPrefix', 'RegularExpression'], { error: 'Exact, PathPrefix or RegularExpression' }),
  value: z.string({ error: 'a path such as /v1/chat/completions' }),
}).check((context) => {
  const { type, value } = context.value
  const isPattern = type === 'RegularExpression'
  const wrong = pathProblem({ type, value })
  if (wrong === undefined) return
  const message = isPattern ? 'a regular expression that runs in linear time' : 'a path such as /v1/chat/completions'
  context.issues.push({ code: 'custom', message, params: { wrong }, path: ['value'], input: value })
})

function valueMatch(nameSchema: z.ZodString, isField: boolean) {
  return strict({
    type: matchType.exactOptional(),
    name: nameSchema,
    value: z.string({ error: 'the text to compare with' }),
  }).check((context) => {
    const { type, value } = context.value
    if (type === 'RegularExpression') {
      const wrong = patternProblem(value)
      const message = 'a regular expression that runs in linear time'
      if (wrong !== undefined)
        context.issues.push({ code: 'custom', message, params: { wrong }, path: ['value'], input: value })
    } else if (isField && !fieldValuePattern.test(value)) {
      const params = { wrong: 'no request can carry this value' }
      const message = 'text without line breaks, NUL and other control characters'
      context.issues.push({ code: 'custom', message, params, path: ['value'], input: value })
    }
  })
}

const match = conforming<MatchConfig, MatchConfig>()(
  strict({
    path: path.exactOptional(),
    method: z
      .string({ error: 'a method in upper case, such as POST' })
      .regex(/^[A-Z][A-Z-]*$/)
      .exactOptional(),
    headers: z.array(valueMatch(fieldName, true), { error: 'a list of header matches' }).exactOptional(),
    query: z
      .array(valueMatch(z.string({ error: 'the name of a query parameter' }).min(1), false), {
        error: 'a list of query matches',
      })
      .exactOptional(),
  }),
)

const field = strict({ name: fieldName, value: fieldValue })

const filter = conforming<FilterConfig, FilterConfig>()(
  strict({
    type: z.enum(['RequestHeaderModifier', 'ResponseHeaderModifier'], {
      error: 'RequestHeaderModifier or ResponseHeaderModifier',
    }),
    set: z.array(field, { error: 'a list of fields, each with name and value' }).exactOptional(),
    add: z.array(field, { error: 'a list of fields, each with name and value' }).exactOptional(),
    remove: z.array(fieldName, { error: 'a list of field names' }).exactOptional(),
  }).check((context) => {
    const { type, set = [], add = [], remove = [] } = context.value
    const message = type === 'RequestHeaderModifier' ? 'request' : 'response'
    const seen = new Set<string>()
    const look = (action: 'set' | 'add' | 'remove', fieldPath: (string | number)[], used: string): void => {
      const reserved = reservedFieldProblem(used, message, action)
      const twice = seen.has(used.toLowerCase()) ? 'this filter has another action for the same field' : undefined
      seen.add(used.toLowerCase())
      const wrong = reserved ?? twice
      const expected = reserved === undefined ? 'one action for each field' : 'another field'
      if (wrong !== undefined) {
        context.issues.push({ code: 'custom', message: expected, params: { wrong }, path: fieldPath, input: used })
      }
    }
    for (const [index, entry] of set.entries()) {
      look('set', ['set', index, 'name'], entry.name)
      if (entry.name.toLowerCase() === 'host' && message === 'request' && !isHostValue(entry.value)) {
        const valuePath = ['set', index, 'value']
        context.issues.push({ code: 'custom', message: 'a host, or host:port', path: valuePath, input: entry.value })
      }
    }
    for (const [index, entry] of add.entries()) look('add', ['add', index, 'name'], entry.name)
    for (const [index, entry] of remove.entries()) look('remove', ['remove', index], entry)
  }),
)

const backendRef = conforming<BackendRefConfig, BackendRefInput>()(
  strict({
    backend: name('the name of a backend'),
    weight: integer(0, 1_000_000, 'a weight').default(defaults.weight),
    filters: z.array(filter, { error: 'a list of filters' }).exactOptional(),
  }),
)

const statusCode = integer(400, 599, 'a status')

const condition = conforming<ConditionName, ConditionInput>()(
  z.union(
    [
      z.enum(conditionNames, { error: conditionText }),
      statusCode,
      z
        .string({ error: conditionText })
        .regex(/^[45][0-9][0-9]$/)
        .transform(Number),
    ],
    { error: conditionText },
  ),
)

const conditions = z.array(condition, { error: `a list of conditions: ${conditionText}` }).min(1)

const fallback = conforming<FallbackConfig, FallbackInput>()(
  strict({
    backends: z.array(name('the name of a backend'), { error: 'a list of at least one backend' }).min(1),
    on: conditions.default([...defaults.fallbackOn]),
  }),
)

const backoff = strict({
  type: z.enum(['full-jitter', 'minimum'], { error: 'full-jitter or minimum' }).default(defaults.backoff.type),
  base: duration(0, 'repeats at once').default(defaults.backoff.baseMs),
  max: duration(0).exactOptional(),
}).transform(({ max, ...rest }, context) => {
  const longest = max ?? Math.min(rest.base * defaults.backoff.maxFactor, defaults.maxDurationMs)
  if (longest < rest.base) {
    const params = { wrong: 'it is shorter than base' }
    context.issues.push({
      code: 'custom',
      message: `at least base, ${rest.base}ms`,
      params,
      path: ['max'],
      input: longest,
    })
  }
  return { ...rest, max: longest }
})

// Whole values, not `{}` to be filled in by the schema: a literal would bring along what somebody put on Object.prototype.
function defaultBackoff(): BackoffConfig {
  const { type, baseMs, maxFactor } = defaults.backoff
  return { type, base: baseMs, max: baseMs * maxFactor }
}

const retry = conforming<RetryConfig, RetryInput>()(
  strict({
    retries: integer(0, 1000, 'further attempts'),
    on: conditions.default([...defaults.retryOn]),
    perTry: duration(0, 'turns the clock off').exactOptional(),
    backoff: backoff.default(defaultBackoff),
  }),
)

const clock = duration(0, 'turns the clock off')

const timeouts = conforming<TimeoutsConfig, TimeoutsInput>()(
  strict({
    request: clock.exactOptional(),
    backend: clock.exactOptional(),
    headers: clock.exactOptional(),
    idle: clock.default(defaults.idleTimeoutMs),
  }).check((context) => {
    const { request = 0, backend = 0 } = context.value
    if (request === 0 || backend <= request) return
    const params = { wrong: `one attempt may take longer than the whole request (${request}ms)` }
    const message = 'at most timeouts.request, or a request of 0'
    context.issues.push({ code: 'custom', message, params, path: ['backend'], input: backend })
  }),
)

const rule = conforming<RuleConfig, RuleInput>()(
  strict({
    name: name('the name of a rule').exactOptional(),
    matches: z.array(match, { error: 'a list of matches' }).default([]),
    filters: z.array(filter, { error: 'a list of filters' }).default([]),
    backends: z
      .array(backendRef, { error: `a list of at most ${mostEntries} backends, each with backend and weight` })
      .max(mostEntries)
      .default([]),
    sticky: strict({ header: fieldName }).exactOptional(),
    fallback: fallback.exactOptional(),
    retry: retry.exactOptional(),
    timeouts: timeouts.default(() => ({ idle: defaults.idleTimeoutMs })),
    limits: z.array(name('the name of a limit'), { error: 'a list of names of limits' }).default([]),
  }),
)

const hostname = checkedText('a host name such as api.example.com or *.example.com', hostnameProblem)

export const routeSchema: z.ZodType<RouteConfig, RouteInput> = conforming<RouteConfig, RouteInput>()(
  strict({
    name: name('the name of a route'),
    namespace: name('a namespace').exactOptional(),
    hostnames: z.array(hostname, { error: 'a list of host names' }).default([]),
    createdAt: integer(0, most, 'milliseconds since the epoch').exactOptional(),
    rules: z.array(rule, { error: 'a list of rules' }).default([]),
  }),
)
