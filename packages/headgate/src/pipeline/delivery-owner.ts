/** What a delivery tells whoever decides where its request goes. Types alone. */

import type { Answer } from '../answers.ts'
import type { RequestResult } from '../events.ts'
import type { NextStep } from './ledger.ts'

/** Who decides where a request goes. */
export interface DeliveryOwner {
  go(step: NextStep): void
  giveUp(answer: Answer): void
  waitOver(): void
  tooLate(): void
  unwritable(): void
  callerGone(): void
  /** `now`: where the clock has just been read. */
  finish(result: RequestResult, code?: string, now?: number): void
}
