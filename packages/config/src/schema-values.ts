/**
 * The small schemas that the others are made of. In every schema of this package the `error` text is what would be accepted,
 * and a check of our own puts what is wrong into `params.wrong`: `issues.ts` builds the problems from the two.
 */

import { hostnameProblem } from '@headgate/matcher'
import { z } from 'zod'

import { maxDurationMs } from './defaults.ts'
import { durationPattern, parseDuration } from './duration.ts'
import { fieldValuePattern, tokenPattern } from './header-fields.ts'
import type { DurationInput } from './input.ts'
import { conditionNames, errorClassNames } from './types-values.ts'
import type { Milliseconds } from './types-values.ts'

/** Without `readonly` and without `undefined` of optional fields, so that two types can be compared for what they hold. */
type Bare<T> = T extends (infer Item)[] | readonly (infer Item)[]
  ? Bare<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Bare<Exclude<T[Key], undefined>> }
    : T

/** The same with every field required, so that an optional field that one of two types lacks is seen. */
type Full<T> = T extends (infer Item)[] | readonly (infer Item)[]
  ? Full<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]-?: Full<Exclude<T[Key], undefined>> }
    : T

type Mutual<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false

type Same<A, B> = [Mutual<Bare<A>, Bare<B>>, Mutual<Full<A>, Full<B>>] extends [true, true] ? true : false

/** `unknown` when a schema gives exactly `Output` and takes all of `Input`, otherwise a text that no schema is. */
type Conforming<Schema extends z.ZodType, Output, Input> =
  Same<z.output<Schema>, Output> extends true
    ? [Bare<Input>] extends [Bare<z.input<Schema>>]
      ? unknown
      : 'the schema refuses a part of the input type'
    : 'the schema gives another type than the config has'

/** Holds a schema equal to the hand-written types and hides zod's own type. */
export function conforming<Output, Input>(): <Schema extends z.ZodType>(
  schema: Schema & Conforming<Schema, Output, Input>,
) => z.ZodType<Output, Input> {
  return (schema) => schema as unknown as z.ZodType<Output, Input>
}

/** An object in which an unknown key is a problem. */
export function strict<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  return z.strictObject(shape, { error: Object.keys(shape).join(', ') })
}

export function integer(from: number, to: number, what: string): z.ZodInt {
  const expected =
    to === Number.MAX_SAFE_INTEGER ? `${what}: an integer from ${from}` : `${what}: an integer from ${from} to ${to}`
  return z.int({ error: expected }).min(from).max(to).describe(expected)
}

/** A string with a rule of its own: `wrong` says what is wrong with a value, or `undefined`. */
export function checkedText(expected: string, wrong: (value: string) => string | undefined): z.ZodString {
  const schema = z.string({ error: expected }).check((context) => {
    const reason = wrong(context.value)
    if (reason !== undefined) {
      context.issues.push({ code: 'custom', message: expected, params: { wrong: reason }, input: context.value })
    }
  })
  return schema.describe(expected)
}

type Named = readonly [key: string, ms: Milliseconds]

/** The longest of some times must not be below the first. */
export function refuseShorter(context: z.RefinementCtx, [key, longest]: Named, [firstKey, first]: Named): void {
  if (longest >= first) return
  const params = { wrong: `it is shorter than ${firstKey}` }
  const message = `at least ${firstKey}, ${first}ms`
  context.issues.push({ code: 'custom', message, params, path: [key], input: longest })
}

/** What a condition may be; `issues.ts` recognises the text and looks for the nearest name. */
export const conditionText: string = `${conditionNames.join(', ')}, or a status from 400 to 599`

/** The same for a fallback. */
export const fallbackConditionText: string = `${[...conditionNames, ...errorClassNames].join(', ')}, or a status from 400 to 599`

/** Names of Kubernetes have up to 253 characters, and several of them are joined: `namespace/gateway/listener`. */
const longestName = 1024

/** The name of a thing in the config: it is shown in logs, metrics and messages. */
export function name(what: string): z.ZodString {
  const expected = `${what}: 1 to ${longestName} characters, no blank at either end, no control character`
  return z
    .string({ error: expected })
    .min(1)
    .max(longestName)
    .regex(/^[^\s\p{Cc}]([^\p{Cc}\u2028\u2029]*[^\s\p{Cc}])?$/u)
    .describe(expected)
}

/** RFC 9110 token, such as the name of a header field. */
export function token(what: string): z.ZodString {
  const expected = `${what}: letters, digits and !#$%&'*+-.^_\`|~ only`
  return z.string({ error: expected }).min(1).regex(tokenPattern).describe(expected)
}

export const fieldName: z.ZodString = token('the name of a header field')

export const fieldValue: z.ZodString = z
  .string({ error: 'text without line breaks, NUL and other control characters' })
  .regex(fieldValuePattern)

const hostText = 'a host name such as api.example.com'

/** Gateway API Hostname: exact, or with `*.` before it. */
export const hostname: z.ZodString = checkedText(`${hostText} or *.example.com`, hostnameProblem)

/** Gateway API PreciseHostname: one host. */
export const preciseHostname: z.ZodString = checkedText(hostText, (value) =>
  value.startsWith('*') ? 'a wildcard names no single host' : hostnameProblem(value),
)

export const port: z.ZodInt = integer(1, 65_535, 'a port')

/** Where something was written. Shown, never acted on, so any text will do. */
export const origin: z.ZodString = z.string({ error: 'where this was written, such as gateway.yaml:12' })

const durationText = 'a duration such as 250ms, 30s, 2m or 1h30m, or whole milliseconds'

/** Milliseconds or GEP-2257 text, stored as milliseconds. `to` is above what a timer holds only where none waits for it. */
export function duration(
  from: 0 | 1,
  meaningOfZero?: string,
  to: number = maxDurationMs,
): z.ZodType<Milliseconds, DurationInput> {
  const zero = meaningOfZero === undefined ? '' : ` (0 ${meaningOfZero})`
  const expected = `${durationText}, from ${from === 0 ? '0' : '1ms'} to ${to}ms${zero}`
  const milliseconds = z.int({ error: expected }).min(from).max(to)
  const text = z
    .string({ error: expected })
    .regex(durationPattern)
    .transform((value) => parseDuration(value) ?? -1)
    .pipe(milliseconds)
  return conforming<Milliseconds, DurationInput>()(
    z.union([milliseconds, text], { error: expected }).describe(expected),
  )
}
