/** Sessions as schemas, each for itself. Which of them may meet in one split is in `sessions.ts`. */

import { z } from 'zod'

import * as defaults from './defaults.ts'
import { reservedFieldProblem } from './header-fields.ts'
import type { SessionInput } from './input.ts'
import { checkedText, conforming, duration, strict, token } from './schema-values.ts'
import type { SessionConfig } from './types-sessions.ts'

const clock = (): ReturnType<typeof duration> => duration(1, undefined, defaults.maxSessionMs)

/** RFC 6265 path-value, and a browser takes only one that begins with a slash as it is. */
const cookiePath = () =>
  checkedText('a path such as /v1, without ;', (value) => {
    if (!value.startsWith('/')) return 'it does not begin with /'
    return /^[\x21-\x3a\x3c-\x7e]+$/.test(value) ? undefined : 'no cookie can carry it'
  })

interface Wrong {
  readonly key: 'name' | 'lifetime' | 'path' | 'absoluteTimeout'
  readonly expected: string
  readonly wrong?: string
}

export const sessionSchema = (): z.ZodType<SessionConfig, SessionInput> =>
  conforming<SessionConfig, SessionInput>()(
    strict({
      type: z.enum(['Cookie', 'Header'], { error: 'Cookie or Header' }).default(defaults.session.type),
      name: token('the name of a cookie or a header field').max(128).exactOptional(),
      lifetime: z.enum(['Session', 'Permanent'], { error: 'Session or Permanent' }).default(defaults.session.lifetime),
      absoluteTimeout: clock().exactOptional(),
      idleTimeout: clock().exactOptional(),
      strict: z.boolean({ error: 'true or false' }).default(defaults.session.strict),
      path: cookiePath().exactOptional(),
    }).check((context) => {
      for (const { key, expected, wrong } of wrongOf(context.value)) {
        const input = context.value[key]
        const params = wrong === undefined ? {} : { params: { wrong } }
        context.issues.push({ code: 'custom', message: expected, ...params, path: [key], input, continue: true })
      }
    }),
  )

function* wrongOf({ type, name, lifetime, absoluteTimeout, path }: SessionConfig): Iterable<Wrong> {
  if (type === 'Header') {
    if (name === undefined) yield { key: 'name', expected: 'the name of the header field that callers send back' }
    const wrong = name === undefined ? undefined : fieldProblem(name)
    if (wrong !== undefined) yield { key: 'name', expected: 'another field', wrong }
    if (lifetime === 'Permanent') {
      yield { key: 'lifetime', expected: 'Session, or the type Cookie', wrong: 'a header field has no lifetime' }
    }
    if (path !== undefined)
      yield { key: 'path', expected: 'no path, or the type Cookie', wrong: 'a header has no path' }
  } else if (lifetime === 'Permanent' && absoluteTimeout === undefined) {
    yield { key: 'absoluteTimeout', expected: 'how long a Permanent cookie lives, such as 24h' }
  }
}

/** It is set on replies, and callers send it. */
function fieldProblem(name: string): string | undefined {
  const field = name.toLowerCase()
  if (field === 'cookie' || field === 'set-cookie') return 'this field carries cookies: the type Cookie sets one'
  return reservedFieldProblem(name, 'response', 'set') ?? reservedFieldProblem(name, 'request', 'set')
}
