/** A logger that misbehaves harms no request, and does not tell of itself. */

import { describe, expect, onTestFinished, test } from 'vitest'
import { json, startUpstream } from '@headgate/testing'
import type { Logger } from 'headgate'
import { chat, oneRoute, question, serve } from './serve.ts'

const broken = (): never => {
  throw new Error('broken')
}
const good: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const loggers: [string, Logger][] = [
  ['info', { ...good, info: broken }],
  ['an async info', { ...good, info: () => Promise.resolve().then(broken) }],
  ['every method', { debug: broken, info: broken, warn: broken, error: broken }],
  ['isLevelEnabled', { ...good, isLevelEnabled: broken }],
]

describe('a logger that throws in', () => {
  test.for(loggers)('%s is a warning, once', async ([, log]) => {
    await using a = await startUpstream(json({}))
    await using served = await serve(oneRoute({ a: a.url }), { log })
    const warnings: string[] = []
    served.gate.on('warning', ({ code }) => warnings.push(code))
    for (let n = 1; n <= 3; n++) {
      expect((await fetch(served.url + chat, question)).status).toBe(200)
      await served.report(n)
    }
    expect(warnings).toEqual(['log_threw'])
  })

  test.for(loggers)('%s is one of Node’s own warnings where nobody listens', async ([, log]) => {
    const codes: (string | undefined)[] = []
    const see = (warning: Error & { code?: string }): void => void codes.push(warning.code)
    process.on('warning', see)
    onTestFinished(() => void process.off('warning', see))
    await using a = await startUpstream(json({}))
    await using served = await serve(oneRoute({ a: a.url }), { log })
    for (let n = 1; n <= 2; n++) {
      await fetch(served.url + chat, question)
      await served.report(n)
    }
    await new Promise((resolve) => setImmediate(resolve))
    expect(codes).toEqual(['log_threw'])
  })
})

test('a listener that throws is a line', async () => {
  const lines: [object, string][] = []
  const warn = (fields: object, text: string): void => void lines.push([fields, text])
  await using a = await startUpstream(json({}))
  await using served = await serve(oneRoute({ a: a.url }), { log: { ...good, warn } })
  served.gate.on('request-ended', () => {
    throw Object.assign(new Error('no\nway'), { request: { authorization: 'secret' } })
  })
  await fetch(served.url + chat, question)
  await served.report(1)
  expect(lines).toEqual([
    [
      { event: 'warning', code: 'listener_threw', stack: expect.stringContaining('no\nway') as string },
      'a listener of the event "request-ended" threw: no\uFFFDway',
    ],
  ])
})
