/** What processes that are gone have counted. */

import { countsOf, mergeSnapshots, nothingCounted } from '@headgate/prometheus'
import type { MetricSnapshot } from '@headgate/prometheus'

/**
 * What goes on counting when a process ends. Of those that are gone the last that was told is kept, so that no sum falls: only
 * what they counted after the last scrape is lost.
 */
export class Departed {
  #kept: MetricSnapshot = nothingCounted

  get snapshot(): MetricSnapshot {
    return this.#kept
  }

  add(last: MetricSnapshot): void {
    this.#kept = mergeSnapshots([this.#kept, countsOf(last)])
  }
}
