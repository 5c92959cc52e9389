/** Routes that are served without TLS besides with it, though nobody asked for that. */

import type { Context } from '../context.ts'
import type { RouteDraft } from '../routes/routes.ts'

/** A parentRef without sectionName means every listener that allows the route, port 80 included. */
export function checkCleartext(context: Context, { route, listeners, rules }: RouteDraft): void {
  if (rules.every(({ filters }) => filters.some(({ type }) => type === 'RequestRedirect'))) return
  for (const plain of listeners) {
    if (plain.protocol !== 'HTTP') continue
    const secure = listeners.find(
      ({ protocol, gateway, body }) =>
        protocol === 'HTTPS' && gateway === plain.gateway && body.hostname === plain.body.hostname,
    )
    if (secure === undefined) continue
    const message = `the route is served in clear text by the listener ${plain.body.name} too, and nothing redirects to ${secure.body.name}`
    const hint = `sectionName: ${secure.body.name} in parentRefs attaches it to that one only`
    context.info(route, ['spec', 'parentRefs'], 'served-in-cleartext', message, hint)
  }
}
