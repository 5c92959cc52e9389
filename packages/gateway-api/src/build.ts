/** What the steps that make the config share: the context, the backends and limits so far, and where each part came from. */

import type { BackendSet } from './backends/backend-set.ts'
import type { Context } from './context.ts'
import type { FieldPath } from './diagnostics.ts'
import type { LimitSet } from './policies/limit-set.ts'
import type { Provenance } from './provenance.ts'
import type { Resource } from './resources/resource.ts'

export interface Build {
  readonly context: Context
  readonly backends: BackendSet
  readonly limits: LimitSet
  readonly provenance: Provenance
  /** Policies for backends that a rule refers to by a filter, with the names of the rule's backends. */
  readonly extensions: BackendExtension[]
  /** Policies that some rule refers to by a filter. */
  readonly referred: Set<Resource>
}

export interface BackendExtension {
  readonly policy: Resource
  readonly path: FieldPath
  readonly backends: readonly string[]
}
