import { EventEmitter } from 'node:events'
import type { Gateway, RequestReport } from 'headgate'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { logEvents, requestText } from './log-events.ts'

const report: RequestReport = {
  id: 'req_1',
  method: 'POST',
  path: '/v1/chat?key=secret',
  route: 'chat',
  rule: 'chat',
  status: 200,
  result: 'completed',
  code: undefined,
  backend: 'stable',
  attempts: [],
  durationMs: 12.345,
  startedAt: 0,
  firstByteMs: 3,
  bytesIn: 0,
  bytesOut: 0,
  limits: [],
  passed: [],
}
const attempt = {
  backend: 'stable',
  endpoint: 'http://a',
  status: 503,
  outcome: '503',
  durationMs: 1,
  cause: 'first' as const,
  startMs: 0,
  phases: { queue: 0, connect: 0, upload: 0, headers: 1, firstEvent: 0, body: 0 },
  reused: false,
  bytesReceived: 0,
}

test.for<[Partial<RequestReport>, string]>([
  [{}, 'POST /v1/chat 200 completed by stable in 12.3 ms'],
  [{ attempts: [attempt, attempt] }, 'POST /v1/chat 200 completed by stable after 2 attempts in 12.3 ms'],
  [
    { status: 404, result: 'answered', code: 'no_route', backend: undefined },
    'POST /v1/chat 404 answered (no_route) in 12.3 ms',
  ],
  [{ status: 0, result: 'abandoned', backend: undefined }, 'POST /v1/chat - abandoned in 12.3 ms'],
  [{ path: `/${'a'.repeat(2000)}` }, `POST /${'a'.repeat(1023)}… 200 completed by stable in 12.3 ms`],
])('a request in a line: %j', ([changes, expected]) => {
  expect(requestText({ ...report, ...changes })).toBe(expected)
})

/** A source of events in the place of a gateway, and what is logged of them. */
function logged(level: string): { gate: EventEmitter; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = []
  const logger = pino({ level }, { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) })
  const gate = new EventEmitter()
  logEvents(gate as unknown as Pick<Gateway, 'on'>, logger)
  return { gate, lines }
}

test('a request is one line with its facts, and nothing of its query', () => {
  const { gate, lines } = logged('info')
  gate.emit('request-ended', { ...report, attempts: [attempt] })
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatchObject({
    event: 'request-ended',
    id: 'req_1',
    path: '/v1/chat',
    status: 200,
    attempts: [attempt],
  })
  expect(JSON.stringify(lines)).not.toContain('secret')
})

test.for<[Partial<RequestReport>, boolean]>([
  [{}, false],
  [{ status: 429 }, false],
  [{ status: 503 }, true],
  [{ result: 'broken' }, true],
])('at level warn %j is logged: %s', ([changes, expected]) => {
  const { gate, lines } = logged('warn')
  gate.emit('request-ended', { ...report, ...changes })
  expect(lines).toHaveLength(expected ? 1 : 0)
})

test('every event is one line', () => {
  const { gate, lines } = logged('debug')
  gate.emit('attempt-ended', { ...attempt, id: 'req_1', route: 'chat' })
  gate.emit('retry-scheduled', {
    id: 'req_1',
    route: 'chat',
    backend: 'stable',
    repeat: 1,
    afterMs: 30,
    because: '503',
  })
  gate.emit('fallback-chosen', { id: 'req_1', route: 'chat', from: 'stable', to: 'spare', because: '503' })
  gate.emit('breaker-changed', { backend: 'stable', endpoint: 'http://a', from: 'closed', to: 'open' })
  gate.emit('endpoint-ejected', { backend: 'stable', endpoint: 'http://a', forMs: 30_000 })
  gate.emit('endpoint-restored', { backend: 'stable', endpoint: 'http://a' })
  gate.emit('health-changed', {
    backend: 'stable',
    endpoint: 'http://a',
    from: 'healthy',
    to: 'unhealthy',
    because: 'timeout',
  })
  gate.emit('request-refused', { id: 'req_2', status: 400, code: 'bad_host', message: 'no Host' })
  gate.emit('warning', { code: 'hook_threw', message: 'a hook threw', error: new Error('because') })
  expect(lines.map(({ event, msg }) => [event, msg])).toEqual([
    ['attempt-ended', 'req_1 at http://a (stable): 503 in 1 ms'],
    ['retry-scheduled', 'req_1 is repeated at stable in 30 ms: 503'],
    ['fallback-chosen', 'req_1 goes from stable to the fallback spare: 503'],
    ['breaker-changed', 'the breaker of http://a (stable) went from closed to open'],
    ['endpoint-ejected', 'http://a (stable) is ejected for 30000 ms'],
    ['endpoint-restored', 'http://a (stable) is no longer ejected'],
    ['health-changed', 'http://a (stable) is unhealthy: timeout'],
    ['request-refused', 'req_2 is refused with 400 (bad_host): no Host'],
    ['warning', 'a hook threw: because'],
  ])
})

test('what the diagnostics have told is not told again', () => {
  const { gate, lines } = logged('debug')
  gate.emit('warning', { code: 'config', message: 'doubtful' })
  expect(lines).toEqual([])
})

test.for([
  ['silent', 0],
  ['error', 0],
  ['debug', 1],
] as const)('at level %s attempts have %i listeners, so that a report is made only for somebody', ([level, count]) => {
  expect(logged(level).gate.listenerCount('attempt-ended')).toBe(count)
})
