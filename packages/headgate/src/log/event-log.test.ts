/** Which events a log wants at which level: what nobody wants is not made. */

import { pino } from 'pino'
import { expect, test } from 'vitest'
import type { AttemptReport } from '../events.ts'
import { Runtime } from '../runtime.ts'

test.for([
  ['silent', []],
  ['error', []],
  ['warn', ['request-ended', 'breaker-changed']],
  ['info', ['request-ended', 'request-refused', 'breaker-changed']],
  ['debug', ['request-ended', 'request-refused', 'attempt-ended', 'breaker-changed']],
] as const)('at level %s a logger listens to %j', ([level, expected]) => {
  const runtime = new Runtime({ keepTotal: 0, log: pino({ level }, { write() {} }) })
  const names = ['request-ended', 'request-refused', 'attempt-ended', 'breaker-changed'] as const
  expect(names.filter((name) => runtime.listens(name))).toEqual(expected)
  runtime.wheel.close()
})

test.for([
  ['silent', false],
  ['error', true],
] as const)('an event whose level is a function that may say %s is listened to: %s', ([level, expected]) => {
  const logger = pino({ level: 'error' }, { write() {} })
  const levels = { 'request-ended': level === 'silent' ? level : () => level } as const
  const runtime = new Runtime({ keepTotal: 0, log: { logger, levels } })
  expect(runtime.listens('request-ended')).toBe(expected)
  runtime.wheel.close()
})

const attempt: AttemptReport = {
  backend: 'stable',
  endpoint: 'http://a',
  status: 503,
  outcome: '503',
  durationMs: 1,
  cause: 'first',
  startMs: 0,
  phases: { queue: 0, connect: 0, upload: 0, headers: 1, firstEvent: 0, body: 0 },
  reused: false,
  bytesReceived: 0,
}

test('every event is one line', () => {
  const lines: Record<string, unknown>[] = []
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>)
  const runtime = new Runtime({ keepTotal: 0, log: pino({ level: 'debug' }, { write }) })
  const [id, backend, endpoint] = ['req_1', 'stable', 'http://a'] as const
  runtime.emit('attempt-ended', { ...attempt, id, route: 'chat' })
  runtime.emit('retry-scheduled', { id, route: 'chat', backend, repeat: 1, afterMs: 30, because: '503' })
  runtime.emit('fallback-chosen', { id, route: 'chat', from: backend, to: 'spare', because: '503' })
  runtime.emit('mirror-dropped', { route: 'chat', backend, because: 'body' })
  runtime.emit('breaker-changed', { backend, endpoint, from: 'closed', to: 'open' })
  runtime.emit('breaker-changed', { backend, endpoint, from: 'open', to: 'half-open' })
  runtime.emit('endpoint-ejected', { backend, endpoint, forMs: 30_000 })
  runtime.emit('endpoint-restored', { backend, endpoint })
  runtime.emit('health-changed', { backend, endpoint, from: 'healthy', to: 'unhealthy', because: 'timeout' })
  runtime.emit('health-changed', { backend, endpoint, from: 'unhealthy', to: 'healthy', because: '200' })
  runtime.emit('request-refused', { id: 'req_2', status: 400, code: 'bad_host', message: 'no Host' })
  runtime.emit('config-changed', { routes: ['chat'], backends: ['stable', 'spare'] })
  runtime.emit('warning', { code: 'hook_threw', message: 'a hook threw', error: new Error('because') })
  runtime.emit('closed')
  expect(lines.map(({ event, level, msg }) => [event, level, msg])).toEqual([
    ['attempt-ended', 20, 'req_1 at http://a (stable): 503 in 1 ms'],
    ['retry-scheduled', 20, 'req_1 is repeated at stable in 30 ms: 503'],
    ['fallback-chosen', 20, 'req_1 goes from stable to the fallback spare: 503'],
    ['mirror-dropped', 20, 'stable gets no copy of a request for chat: body'],
    ['breaker-changed', 40, 'the breaker of http://a (stable) went from closed to open'],
    ['breaker-changed', 30, 'the breaker of http://a (stable) went from open to half-open'],
    ['endpoint-ejected', 40, 'http://a (stable) is ejected for 30000 ms'],
    ['endpoint-restored', 30, 'http://a (stable) is no longer ejected'],
    ['health-changed', 40, 'http://a (stable) is unhealthy: timeout'],
    ['health-changed', 30, 'http://a (stable) is healthy: 200'],
    ['request-refused', 30, 'req_2 is refused with 400 (bad_host): no Host'],
    ['config-changed', 30, 'a new config is in force: 1 routes, 2 backends'],
    ['warning', 40, 'a hook threw: because'],
    ['closed', 30, 'the gateway is closed'],
  ])
  runtime.wheel.close()
})
