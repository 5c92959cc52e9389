/**
 * What follows requests while they run: it is told when things begin, so that a long stream is seen before its end, writes into the
 * heads of attempts, and gets the decision record at the end. Without one nothing of this is made.
 */

import type { AttemptReport, RequestReport } from './events.ts'

/** The head of a request, as it was matched. Its strings are the caller's. */
export interface TelemetryRequest {
  readonly method: string
  /** As received, without query. */
  readonly path: string
  readonly scheme: 'http' | 'https'
  /** The authority that the request was routed by, its port included; undefined where an HTTP/1.0 caller sent none. */
  readonly authority: string | undefined
  /** Such as `1.1` or `2.0`. */
  readonly httpVersion: string
  /** Undefined when no route matched, as the three that follow. */
  readonly route: string | undefined
  readonly rule: string | undefined
  /** The path of the match that won, as the config has it, behind what the mount took off. */
  readonly pathTemplate: string | undefined
  /** What the caller speaks, by its rule or its path: `openai-chat`, `openai-completions`, `openai-responses`, `anthropic-messages`, … */
  readonly dialect: string
  /** The field's value, repeated ones joined with `, `. `name` is lower case. */
  header(name: string): string | undefined
}

/** The head of an attempt before it goes out, every filter applied. */
export interface TelemetryHead {
  set(name: string, value: string): void
  remove(name: string): void
}

/** An attempt that is about to go out. */
export interface TelemetryAttempt {
  readonly backend: string
  /** URL of the endpoint. */
  readonly endpoint: string
  /** What is asked of it, without query. */
  readonly path: string
  /** What the backend calls its model, where the config says it. */
  readonly model: string | undefined
  /** The body, where it is held whole. It must not be changed. */
  readonly body: Buffer | undefined
}

/** One request. Calls come in this order: `attempt` and `attemptEnded` for each attempt in turn, then `ended`. */
export interface RequestTelemetry {
  /** It wants the reports. False: they are not made for it, and neither `attemptEnded` nor `ended` is called. */
  readonly recording: boolean
  /** The trace of this request, for its record: 32 hexadecimal digits. Default that of the caller's `traceparent`. */
  readonly traceId?: string | undefined
  /** Longest reply that `attemptEnded` is given, in bytes. Absent or 0: none is kept. */
  readonly replyBytes?: number
  attempt(attempt: TelemetryAttempt, head: TelemetryHead): void
  /** `reply`: the body, where it came whole, is no event stream, not content-coded, and no longer than `replyBytes`. It must not be changed. */
  attemptEnded(report: AttemptReport, reply?: Buffer): void
  ended(report: RequestReport): void
  /** A copy for a mirror is about to go out. */
  mirror(head: TelemetryHead): void
  /** False: that trace is not kept, so that no exemplar of the metrics names it. Default true. */
  readonly sampled?: boolean | undefined
}

/** Registered with the option `telemetry`. What it throws harms no request; it becomes a warning `telemetry_threw`. */
export interface Telemetry {
  /** False: `begin` is not called for requests that begin now. Read once for each. */
  readonly active: boolean
  /** A request begins; undefined: this one is not followed. */
  begin(request: TelemetryRequest): RequestTelemetry | undefined
}
