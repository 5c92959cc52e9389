/**
 * Can the sessions of one split be told apart? Reads raw input and skips what has not the right shape, so that these problems
 * are told together with the schema's.
 */

import { quoted, shown } from './problems.ts'
import type { ProblemList } from './problems.ts'
import { child, items, text } from './raw-input.ts'

/** `input` is a copy made by `plainCopy`. */
export function checkSessions(input: unknown, problems: ProblemList): void {
  const carriers = new Map<string, string>()
  for (const [backend] of items(input, 'backends', [])) {
    const name = text(backend, 'name')
    const carrier = carrierOf(child(backend, 'session'))
    if (name !== undefined && carrier !== undefined) carriers.set(name, carrier)
  }
  if (carriers.size === 0) return
  for (const [route, routePath] of items(input, 'routes', [])) {
    for (const [rule, rulePath] of items(route, 'rules', routePath)) {
      // A session of the rule takes the place of its backends'.
      if (child(rule, 'session') !== undefined) continue
      const seen = new Map<string, string>()
      for (const [entry, path] of items(rule, 'backends', rulePath)) {
        const backend = text(entry, 'backend') ?? ''
        const carrier = carriers.get(backend)
        if (carrier === undefined) continue
        const other = seen.get(carrier)
        seen.set(carrier, backend)
        if (other === undefined || other === backend) continue
        const message = `the sessions of ${quoted(backend)} and ${quoted(other)} have the same ${carrier}`
        const expected = 'a name for each, no names, or one session for the rule'
        problems.add({ path: [...path, 'backend'], value: shown(backend), message, expected })
      }
    }
  }
}

/** What the session is told by, in words; undefined where it gets a name of its own. */
function carrierOf(session: unknown): string | undefined {
  const name = text(session, 'name')
  if (name === undefined) return undefined
  return text(session, 'type') === 'Header' ? `header ${name.toLowerCase()}` : `cookie ${name}`
}
