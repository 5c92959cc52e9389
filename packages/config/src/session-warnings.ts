/** Sessions that are accepted and yet probably not meant. It reads a config that passed every check. */

import { quoted, shown } from './problems.ts'
import type { ProblemList } from './problems.ts'
import type { GatewayConfig } from './types.ts'

export function warnOfSessions({ backends, routes, sessionKey }: GatewayConfig, list: ProblemList): void {
  const rules = routes.flatMap((route) => route.rules)
  const isKept =
    rules.some(({ session }) => session !== undefined) || backends.some(({ session }) => session !== undefined)
  if (sessionKey !== undefined && !isKept) {
    const message = 'no rule and no backend keeps sessions'
    list.add({ path: ['sessionKey'], value: shown(sessionKey), message, expected: 'a session, or no key' })
  }
  for (const [index, { name, session }] of backends.entries()) {
    if (session?.name === undefined) continue
    const users = rules.filter(
      (rule) => rule.session === undefined && rule.backends.some(({ backend }) => backend === name),
    )
    if (users.length < 2) continue
    const what = session.type === 'Header' ? 'header' : 'cookie'
    const message = `${users.length} rules set the ${what} ${quoted(session.name)} for it, each its own session: a caller of several keeps the last one only`
    const expected = 'no name, so that each rule has one of its own, or a session on each rule'
    list.add({ path: ['backends', index, 'session', 'name'], value: session.name, message, expected })
  }
}
