/** What every step of an export shares. It decides nothing. */

import type { GatewayConfig } from '@headgate/config'

import type { BackendPlaces } from './backend-places.ts'
import type { ExportDialect } from './dialects.ts'
import type { GrantSet } from './grants.ts'
import type { NameSet } from './names.ts'
import type { RoutePlace } from './route-places.ts'
import type { UnsaidList } from './unsaid.ts'

export interface Export {
  readonly config: GatewayConfig
  readonly dialect: ExportDialect
  readonly names: NameSet
  readonly unsaid: UnsaidList
  readonly grants: GrantSet
  readonly routes: readonly RoutePlace[]
  readonly backends: BackendPlaces
}
