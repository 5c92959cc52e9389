/**
 * The small schemas that the kinds are made of. The `error` text of each is what would be accepted: `read.ts` builds the
 * diagnostics from it. It knows no kinds.
 */

import { parseDuration } from '@headgate/config'
import { z } from 'zod'

export const text: z.ZodString = z.string({ error: 'a text' })

/** A text that is not empty. */
export const name: z.ZodString = z.string({ error: 'a name' }).min(1)

export const flag: z.ZodBoolean = z.boolean({ error: 'true or false' })

/** What is passed on or passed over unread. */
export const anything: z.ZodUnknown = z.unknown()

/** Largest number of a Kubernetes int32. */
const most = 2_147_483_647

export function integer(from: number, to: number = most): z.ZodInt {
  const range = to === most ? `from ${from}` : `from ${from} to ${to}`
  return z
    .int({ error: `an integer ${range}` })
    .min(from)
    .max(to)
}

export const port: z.ZodInt = integer(1, 65_535)

/** GEP-2257, read to milliseconds. */
export const duration: z.ZodType<number, string> = z
  .string({ error: 'a duration such as 250ms, 30s or 1h30m' })
  .transform((value, context) => {
    const ms = parseDuration(value)
    if (ms !== undefined) return ms
    context.issues.push({ code: 'custom', message: 'a duration such as 250ms, 30s or 1h30m', input: value })
    return z.NEVER
  })

export const texts: z.ZodArray<z.ZodString> = z.array(text, { error: 'a list of texts' })

export const textMap: z.ZodRecord<z.ZodString, z.ZodString> = z.record(z.string(), text, {
  error: 'a map of texts',
})

/** One of some words. */
export function word<const Words extends readonly [string, ...string[]]>(...words: Words): z.ZodType<Words[number]> {
  return z.enum(words, { error: words.length === 1 ? words[0] : `one of ${words.join(', ')}` }) as z.ZodType<
    Words[number]
  >
}

export function list<Item>(item: z.ZodType<Item>): z.ZodType<Item[]> {
  return z.array(item, { error: 'a list' })
}

/** A field that may be left out. */
export function optional<Schema extends z.ZodType>(schema: Schema): z.ZodExactOptional<Schema> {
  return schema.exactOptional()
}

/** An object that has these fields and no others; what else is there is told and dropped. */
export function object<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  return z.strictObject(shape, { error: 'a map' })
}
