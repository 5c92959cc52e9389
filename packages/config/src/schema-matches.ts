/** What a request is matched by, as schemas. Paths and patterns are judged by the matcher that will read them. */

import { pathProblem, patternProblem } from '@headgate/matcher'
import { z } from 'zod'

import { fieldValuePattern } from './header-fields.ts'
import { conforming, fieldName, strict } from './schema-values.ts'
import type { MatchConfig } from './types-routes.ts'

const matchType = () => z.enum(['Exact', 'RegularExpression'], { error: 'Exact or RegularExpression' })

const path = () =>
  strict({
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
    type: matchType().exactOptional(),
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

export const matchSchema = (): z.ZodType<MatchConfig, MatchConfig> =>
  conforming<MatchConfig, MatchConfig>()(
    strict({
      path: path().exactOptional(),
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
