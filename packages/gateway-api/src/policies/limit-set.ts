/** Rate limits of policies as token buckets, one for each object that a policy is for. It knows no rules. */

import type { LimitInput } from '@headgate/config'

import type { Context } from '../context.ts'
import type { FieldPath } from '../diagnostics.ts'
import type { TokenBucket } from '../resources/kgateway-traffic.ts'
import type { Resource } from '../resources/resource.ts'
import type { Provenance } from '../provenance.ts'

const unitMs = { SECOND: 1000, MINUTE: 60_000, HOUR: 3_600_000, DAY: 86_400_000 } as const

/** Who shares a bucket, as a part of its name: `HTTPRoute/chat`, `Gateway/edge/https`. */
export type Scope = string

export class LimitSet {
  readonly #context: Context
  readonly #provenance: Provenance
  readonly #limits = new Map<string, LimitInput>()

  constructor(context: Context, provenance: Provenance) {
    this.#context = context
    this.#provenance = provenance
  }

  get limits(): readonly LimitInput[] {
    return [...this.#limits.values()]
  }

  /** The specification's RateLimitPolicy: the bucket for all, and one for each value of a header. Names of limits. */
  ofRateLimitPolicy(policy: Resource<'RateLimitPolicy'>, scope: Scope): readonly string[] {
    const { local, descriptors = [] } = policy.body.spec
    const names: string[] = []
    if (local !== undefined) {
      const path = ['spec', 'local', 'tokenBucket']
      names.push(this.ofBucket(policy, scope, local.tokenBucket, path))
    }
    for (const [index, { entries, limit }] of descriptors.entries()) {
      const path = ['spec', 'descriptors', index]
      const [entry] = entries
      if (entry === undefined || entries.length > 1 || entry.value !== undefined) {
        const message =
          'a limit is for each value of one header; several entries, or an entry with a value, cannot be kept apart'
        this.#context.warn(
          policy,
          [...path, 'entries'],
          'unsupported-descriptor',
          `${message}, so this limit is not applied`,
        )
        continue
      }
      const name = `${policy.id}/${scope}/descriptor-${index}`
      names.push(name)
      const every = unitMs[limit.unit]
      const input: LimitInput = {
        name,
        per: { header: entry.key.toLowerCase() },
        tokens: limit.requestsPerUnit,
        every,
        origin: policy.origin(path),
      }
      this.#keep(input, policy, path)
    }
    return names
  }

  /** A token bucket for all requests of a scope. It starts full. */
  ofBucket(policy: Resource, scope: Scope, bucket: TokenBucket, path: FieldPath): string {
    const { maxTokens, tokensPerFill = 1, fillInterval } = bucket
    const name = `${policy.id}/${scope}/local`
    const limit = { name, tokens: tokensPerFill, every: fillInterval, burst: maxTokens, origin: policy.origin(path) }
    this.#keep(limit, policy, path)
    return name
  }

  #keep(limit: LimitInput, policy: Resource, path: FieldPath): void {
    if (!this.#limits.has(limit.name)) this.#limits.set(limit.name, this.#provenance.mark(limit, policy, path))
  }
}
