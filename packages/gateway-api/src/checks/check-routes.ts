/** Contradictions that only the whole shows. Each check is a file of its own. */

import type { RouteInput } from '@headgate/config'

import type { Build } from '../build.ts'
import type { Listener } from '../listeners.ts'
import type { RouteDraft } from '../routes/routes.ts'
import { checkCleartext } from './cleartext.ts'
import { checkClocks } from './clocks.ts'
import { checkHoles } from './holes.ts'
import { checkIsolation } from './isolation.ts'
import { checkReach } from './reach.ts'

/** Comparing the rules of each listener is for what people write: above this many matches on listeners it is left out. */
const mostRows = 50_000

export function checkRoutes(
  build: Build,
  listeners: readonly Listener[],
  drafts: readonly RouteDraft[],
  routes: readonly RouteInput[],
): void {
  for (const draft of drafts) {
    checkCleartext(build.context, draft)
    checkIsolation(build.context, draft, listeners)
  }
  checkClocks(build, routes)
  if (countRows(routes) > mostRows) return
  checkReach(build, listeners, routes)
  checkHoles(build, listeners, routes)
}

function countRows(routes: readonly RouteInput[]): number {
  let count = 0
  for (const { listeners = [], rules = [] } of routes) {
    for (const { matches = [] } of rules) count += listeners.length * Math.max(1, matches.length)
  }
  return count
}
