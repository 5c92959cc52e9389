/** The public names that need no test runner; the suites are in `@headgate/testing/suites`. */

export type { BodyState } from './http-body.ts'
export type { Field, Framing } from './http-head.ts'
export { FramingError } from './http-head.ts'
export { Gate, gate } from './gate.ts'
export type { Bytes, Ending, PeerState, WireEvents } from './wire.ts'
export { Wire } from './wire.ts'
export { ReceivedRequest } from './received-request.ts'
export type { InterimReply } from './received-reply.ts'
export { ReceivedReply } from './received-reply.ts'
export type { Script, Step } from './script.ts'
export { fin, reset, resumeReading, silence, steps, stopReading, wholeRequest } from './script.ts'
export type { EventStreamOptions, ReplyOptions } from './replies.ts'
export {
  chunk,
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
export { connectRaw, rawRequest, requestBytes } from './raw-client.ts'
export type { TimerId } from './virtual-clock.ts'
export { VirtualClock } from './virtual-clock.ts'
export { seededRandom } from './seeded-random.ts'
export type { ModelRequest, ModelServer, ModelServerOptions } from './model-server.ts'
export { startModelServer } from './model-server.ts'
