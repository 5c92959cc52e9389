/** A request, its one attempt and their reports, with every field known. */

import type { AttemptReport, RequestReport, TelemetryHead, TelemetryRequest } from 'headgate'
import { chat } from './observed.ts'

export const telemetryRequest: TelemetryRequest = {
  method: 'POST',
  path: chat,
  scheme: 'https',
  authority: 'API.example:8443',
  httpVersion: '2.0',
  route: 'chat',
  rule: 'chat',
  pathTemplate: '/v1',
  dialect: 'openai-chat',
  header: () => undefined,
}

/** A stream whose first word came after 100 ms, and whose last of 20 tokens after 210. */
export const attemptReport: AttemptReport = {
  backend: 'a',
  endpoint: 'https://[::1]',
  status: 200,
  outcome: 'ok',
  durationMs: 210,
  cause: 'first',
  startMs: 1,
  firstEventMs: 100,
  phases: { queue: 1, connect: 2, upload: 3, headers: 4, firstEvent: 90, body: 110 },
  reused: true,
  bytesReceived: 77,
  model: 'gpt-4-0613',
  usage: { input: 100, output: 20, cached: 64 },
}

export const requestReport: RequestReport = {
  id: 'req_1',
  method: 'POST',
  path: chat,
  route: 'chat',
  rule: 'chat',
  status: 200,
  result: 'completed',
  code: undefined,
  backend: 'a',
  attempts: [attemptReport],
  durationMs: 250,
  startedAt: 0,
  firstByteMs: 12,
  bytesIn: 9,
  bytesOut: 77,
  limits: [],
  passed: [],
}

export const noHead: TelemetryHead = { set: () => undefined, remove: () => undefined }
