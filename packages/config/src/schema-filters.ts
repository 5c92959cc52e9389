/** Filters as schemas, each for itself. Which of them may stand together in a rule is in `rule-conflicts.ts`. */

import { pathProblem } from '@headgate/matcher'
import { z } from 'zod'

import { corsOriginProblem, normalCorsOrigin } from './cors-origin.ts'
import * as defaults from './defaults.ts'
import { isHostValue, reservedFieldProblem } from './header-fields.ts'
import type { FilterInput } from './input.ts'
import {
  checkedText,
  conforming,
  fieldName,
  fieldValue,
  integer,
  name,
  port,
  preciseHostname,
  strict,
  token,
} from './schema-values.ts'
import type { FilterConfig, HeaderFilterConfig } from './types-filters.ts'

const maxInt32 = 2 ** 31 - 1

const field = () => strict({ name: fieldName, value: fieldValue })

function headerFilter<const Type extends HeaderFilterConfig['type']>(type: Type) {
  return strict({
    type: z.literal(type),
    set: z.array(field(), { error: 'a list of fields, each with name and value' }).exactOptional(),
    add: z.array(field(), { error: 'a list of fields, each with name and value' }).exactOptional(),
    remove: z.array(fieldName, { error: 'a list of field names' }).exactOptional(),
  }).check((context) => {
    const { set = [], add = [], remove = [] } = context.value
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
  })
}

/** The API's table of prefixes has a row for the empty text: the prefix goes and nothing takes its place. */
const pathModifier = () =>
  z.discriminatedUnion(
    'type',
    [
      strict({ type: z.literal('ReplaceFullPath'), value: newPath('a path such as /v1/models') }),
      strict({
        type: z.literal('ReplacePrefixMatch'),
        value: newPath('a path such as /v1, or empty text to drop the prefix', ''),
      }),
    ],
    { error: choice('type, value', 'ReplaceFullPath or ReplacePrefixMatch') },
  )

function newPath(expected: string, alsoValid?: string): z.ZodString {
  return checkedText(expected, (value) =>
    value === alsoValid ? undefined : pathProblem({ type: 'PathPrefix', value }),
  )
}

/** A discriminated union fails in two ways: the value is no object, or its type is not known. */
function choice(keys: string, types: string): (issue: z.core.$ZodRawIssue) => string {
  return (issue) => (issue.code === 'invalid_type' ? keys : types)
}

const statusText = `one of the statuses ${defaults.redirectStatusCodes.join(', ')}`

const redirectStatus = () =>
  z
    .int({ error: statusText })
    .check((context) => {
      if (!defaults.redirectStatusCodes.includes(context.value)) {
        context.issues.push({ code: 'custom', message: statusText, input: context.value, continue: true })
      }
    })
    .meta({ enum: [...defaults.redirectStatusCodes] })

const redirect = () =>
  strict({
    type: z.literal('RequestRedirect'),
    scheme: z.enum(['http', 'https'], { error: 'http or https' }).exactOptional(),
    hostname: preciseHostname.exactOptional(),
    port: port.exactOptional(),
    path: pathModifier().exactOptional(),
    statusCode: redirectStatus().default(defaults.redirectStatusCode),
  })

const rewrite = () =>
  strict({
    type: z.literal('URLRewrite'),
    hostname: preciseHostname.exactOptional(),
    path: pathModifier().exactOptional(),
  })

const mirror = () =>
  strict({
    type: z.literal('RequestMirror'),
    backend: name('the name of a backend'),
    numerator: integer(0, maxInt32, 'a numerator').default(defaults.mirror.numerator),
    denominator: integer(1, maxInt32, 'a denominator').default(defaults.mirror.denominator),
  }).check((context) => {
    const { numerator, denominator } = context.value
    if (numerator <= denominator) return
    const params = { wrong: 'it is more than every request' }
    const message = `at most denominator, ${denominator}`
    context.issues.push({ code: 'custom', message, params, path: ['numerator'], input: numerator, continue: true })
  })

/** A list in which `*` means all, and then stands alone (Gateway API). */
function allOr(item: z.ZodType<string, string>, what: string) {
  return z
    .array(item, { error: `a list of ${what}` })
    .check((context) => {
      const index = context.value.indexOf('*')
      if (index === -1 || context.value.length === 1) return
      const params = { wrong: 'it means all, and stands beside others' }
      const message = `* alone, or ${what} without it`
      context.issues.push({ code: 'custom', message, params, path: [index], input: '*', continue: true })
    })
    .default([])
}

const corsOrigin = () =>
  checkedText('* or an origin such as https://app.example.com or https://*.example.com', corsOriginProblem).transform(
    normalCorsOrigin,
  )

const cors = () =>
  strict({
    type: z.literal('CORS'),
    allowOrigins: allOr(corsOrigin(), 'origins'),
    allowMethods: allOr(token('a method such as PUT, or *'), 'methods'),
    allowHeaders: allOr(fieldName, 'header fields'),
    exposeHeaders: z.array(fieldName, { error: 'a list of header fields' }).default([]),
    allowCredentials: z.boolean({ error: 'true or false' }).default(defaults.cors.allowCredentials),
    maxAge: integer(0, maxInt32, 'seconds').default(defaults.cors.maxAgeSeconds),
  })

const unresolved = () =>
  strict({
    type: z.literal('Unresolved'),
    reason: z.string({ error: 'why the filter is not known' }).min(1),
  })

const requestHeaders = () => headerFilter('RequestHeaderModifier')
const responseHeaders = () => headerFilter('ResponseHeaderModifier')

export const filterSchema = (): z.ZodType<FilterConfig, FilterInput> =>
  conforming<FilterConfig, FilterInput>()(
    z.discriminatedUnion(
      'type',
      [requestHeaders(), responseHeaders(), redirect(), rewrite(), mirror(), cors(), unresolved()],
      {
        error: choice(
          'type and the keys of that type',
          'RequestHeaderModifier, ResponseHeaderModifier, RequestRedirect, URLRewrite, RequestMirror, CORS or Unresolved',
        ),
      },
    ),
  )
