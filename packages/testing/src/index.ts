/** The public names. None of them needs a test runner. */

export type { BodyState } from './http-body.ts'
export type { Field, Framing } from './http-head.ts'
export { FramingError } from './http-head.ts'
export type { Gate } from './gate.ts'
export { gate } from './gate.ts'
export type { Bytes, Ending, PeerState, Wire } from './wire.ts'
export type { ReceivedRequest } from './received-request.ts'
export type { InterimReply, ReceivedReply } from './received-reply.ts'
export type { Script, Step } from './script.ts'
export { fin, reset, resumeReading, silence, steps, stopReading, wholeRequest } from './script.ts'
export type { CutOptions, EventStreamOptions, ReplyOptions } from './replies.ts'
export {
  chunk,
  cutReply,
  event,
  eventStream,
  failure,
  head,
  json,
  lastChunk,
  reply,
  tooManyRequests,
  unavailable,
} from './replies.ts'
export type { Faults } from './faults.ts'
export {
  earlyReply,
  faultsAfterReply,
  faultsBeforeReply,
  faultsInBody,
  interimStorm,
  refuseToRead,
  slowHead,
} from './faults.ts'
export type { JournalEntry, Upstream, UpstreamOptions } from './upstream.ts'
export { refusingUrl, startUpstream } from './upstream.ts'
export type { RawClient, RawRequest } from './raw-client.ts'
export { connectRaw, rawRequest } from './raw-client.ts'
export type { TimerId } from './virtual-clock.ts'
export { VirtualClock } from './virtual-clock.ts'
export { seededRandom } from './seeded-random.ts'
