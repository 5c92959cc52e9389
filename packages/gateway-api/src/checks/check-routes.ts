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
  checkReach(build, listeners, routes)
  checkHoles(build, listeners, routes)
}
