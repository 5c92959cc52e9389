/** One request as the registered telemetry follows it. What that throws harms nobody. */

import { validateHeaderName, validateHeaderValue } from 'node:http'
import { dialectOf } from '@headgate/dialect'
import { removeHeader, setHeader } from '@headgate/proxy'
import type { AttemptReport, RequestReport } from '../events.ts'
import type { Incoming } from '../request/incoming.ts'
import type { Runtime } from '../runtime.ts'
import type { RequestTelemetry, TelemetryAttempt, TelemetryHead, TelemetryRequest } from '../telemetry.ts'
import type { Matched } from './matched.ts'

export class Followed {
  readonly #runtime: Runtime
  readonly #request: RequestTelemetry
  /** It gets the reports. */
  readonly records: boolean
  /** Longest reply that it gets, in bytes. */
  readonly replyBytes: number

  private constructor(runtime: Runtime, request: RequestTelemetry) {
    this.#runtime = runtime
    this.#request = request
    this.records = request.recording
    this.replyBytes = request.replyBytes ?? 0
  }

  /** As it was told, not looked at. */
  get traceId(): unknown {
    try {
      return this.#request.traceId
    } catch (error) {
      warn(this.#runtime, error)
      return undefined
    }
  }

  /** Undefined where nothing follows this request. */
  static begin(runtime: Runtime, incoming: Incoming, matched: Matched | undefined): Followed | undefined {
    const { telemetry } = runtime
    if (telemetry === undefined) return undefined
    try {
      if (!telemetry.active) return undefined
      const request = telemetry.begin(new Facts(incoming, matched))
      return request === undefined ? undefined : new Followed(runtime, request)
    } catch (error) {
      warn(runtime, error)
      return undefined
    }
  }

  attempt(attempt: TelemetryAttempt, headers: string[]): void {
    guard(this.#runtime, () => this.#request.attempt(attempt, new Head(headers)))
  }

  attemptEnded(report: AttemptReport, reply: Buffer | undefined): void {
    if (this.records) guard(this.#runtime, () => this.#request.attemptEnded(report, reply))
  }

  ended(report: RequestReport): void {
    if (this.records) guard(this.#runtime, () => this.#request.ended(report))
  }

  mirror(headers: string[]): void {
    guard(this.#runtime, () => this.#request.mirror(new Head(headers)))
  }

  /** Its trace is not kept. */
  get dropped(): boolean {
    try {
      return this.#request.sampled === false
    } catch (error) {
      warn(this.#runtime, error)
      return true
    }
  }
}

/** `void` in its type does not keep a function from being async. */
function guard(runtime: Runtime, call: () => unknown): void {
  try {
    const result = call()
    if (result instanceof Promise) result.catch((error: unknown) => warn(runtime, error))
  } catch (error) {
    warn(runtime, error)
  }
}

function warn(runtime: Runtime, error: unknown): void {
  runtime.warn('telemetry_threw', 'the telemetry of the gateway threw', error)
}

class Head implements TelemetryHead {
  readonly #headers: string[]

  constructor(headers: string[]) {
    this.#headers = headers
  }

  /** Throws for what no head can hold: the attempt then goes out without it. */
  set(name: string, value: string): void {
    validateHeaderName(name)
    validateHeaderValue(name, value)
    setHeader(this.#headers, name, value)
  }

  remove(name: string): void {
    removeHeader(this.#headers, name)
  }
}

class Facts implements TelemetryRequest {
  readonly method: string
  readonly path: string
  readonly scheme: 'http' | 'https'
  readonly authority: string | undefined
  readonly httpVersion: string
  readonly route: string | undefined
  readonly rule: string | undefined
  readonly pathTemplate: string | undefined
  readonly dialect: string
  readonly #incoming: Incoming

  constructor(incoming: Incoming, matched: Matched | undefined) {
    const { method, path, mountPath, caller } = incoming
    this.method = method
    this.path = mountPath + path
    this.scheme = caller.protocol
    this.authority = caller.host
    this.httpVersion = caller.httpVersion
    this.route = matched?.plan.route
    this.rule = matched?.plan.rule
    this.pathTemplate = matched === undefined ? undefined : mountPath + matched.pathTemplate
    this.dialect = matched?.plan.dialect?.name ?? dialectOf(path)
    this.#incoming = incoming
  }

  header(name: string): string | undefined {
    return this.#incoming.header(name)
  }
}
