/** Where the time of an attempt went. Arithmetic on marks; it reads no clock. */

import type { AttemptMarks } from '@headgate/proxy'
import type { AttemptPhases } from '../events.ts'

const names = ['queue', 'connect', 'upload', 'headers', 'firstEvent', 'body'] as const

/**
 * `firstEvent`: when a stream said its first word, 0 where it has not; undefined for a reply that is no stream. What is left after the
 * last mark goes to the phase that was under way. A head that came before the whole request was written ends the upload.
 */
export function phasesOf(
  startedAt: number,
  marks: AttemptMarks,
  firstEvent: number | undefined,
  endedAt: number,
): AttemptPhases {
  const { boarded, connected, head } = marks
  const sent = head > 0 && (marks.sent === 0 || marks.sent > head) ? head : marks.sent
  const ends = [boarded, connected, sent, head, firstEvent ?? head]
  const phases = { queue: 0, connect: 0, upload: 0, headers: 0, firstEvent: 0, body: 0 }
  let at = startedAt
  for (const [index, name] of names.entries()) {
    const end = ends[index] ?? 0
    if (end === 0) {
      phases[name] = endedAt - at
      return phases
    }
    const until = Math.min(Math.max(end, at), endedAt)
    phases[name] = until - at
    at = until
  }
  return phases
}
