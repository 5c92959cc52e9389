/** Live state of limits by their names. A new table takes over what is still named. */

import { randomInt } from 'node:crypto'
import type { LimitConfig } from '@headgate/config'
import { KeyedLimiter } from '@headgate/limiter'
import type { LimitMeter } from '../meters/limit-meter.ts'
import { sameParts } from './same-parts.ts'

/** The key of a bucket that all callers share. */
export const everyone = ''

/** A limit and its buckets. */
export class LimitState {
  readonly config: LimitConfig
  readonly limiter: KeyedLimiter
  /** Undefined where nothing is measured. */
  meter: LimitMeter | undefined

  constructor(config: LimitConfig, former: LimitState | undefined) {
    this.config = config
    this.limiter =
      former !== undefined && sameParts(former.config, config)
        ? former.limiter
        : new KeyedLimiter({
            tokens: config.tokens,
            everyMs: config.every,
            burst: config.burst,
            fill: config.fill,
            // One bucket for all needs the room of one key.
            maxKeys: config.per === 'all' ? 1 : config.maxKeys,
            // Callers choose the keys: with a seed of its own they cannot aim at one place.
            seed: randomInt(2 ** 32),
          })
  }
}
