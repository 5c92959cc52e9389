/** What the primary and its workers say to one another. All of it can be cloned. */

import type { MetricSnapshot } from '@headgate/prometheus'
import type { LogLevel } from '../arguments.ts'
import type { Address } from '../option-values.ts'
import type { Measured, Served } from '../serve-gateway.ts'

export type ToWorker =
  /** Build and listen. Answered by `started` or `refused`. */
  | {
      readonly type: 'start'
      readonly served: Served
      readonly logLevel: LogLevel
      readonly drainMs: number
      readonly measured: Measured | undefined
    }
  /** Can this be built? Nothing changes yet. Answered by `done` or `refused`. */
  | { readonly type: 'prepare'; readonly revision: number; readonly served: Served }
  /** Serve this from now on. Answered by `done` or `refused`. */
  | { readonly type: 'commit'; readonly revision: number; readonly served: Served }
  /** What has been counted? Answered by `collected`, whatever else goes on. */
  | { readonly type: 'collect' }
  /** Drain and end. */
  | { readonly type: 'stop'; readonly drainMs: number }

export type FromWorker =
  | { readonly type: 'started'; readonly addresses: ReadonlyMap<string, Address> }
  | { readonly type: 'collected'; readonly collected: readonly MetricSnapshot[] }
  | { readonly type: 'done'; readonly revision: number }
  | { readonly type: 'refused'; readonly revision: number; readonly reason: string }

/** The revision that a `refused` start carries. */
export const startRevision = 0
