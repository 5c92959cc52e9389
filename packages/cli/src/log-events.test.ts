import { Gateway } from 'headgate'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { eventsTo } from './log-events.ts'

test('what the program tells itself is not told again', async () => {
  const lines: { event: string }[] = []
  const logger = pino({ level: 'debug' }, { write: (line) => void lines.push(JSON.parse(line) as { event: string }) })
  const unused = { name: 'unused', endpoints: ['http://127.0.0.1:1'] }
  const gate = new Gateway({ version: 1, backends: [unused] }, { log: eventsTo(logger) })
  gate.update({ version: 1, backends: [unused] })
  await gate.close()
  expect(lines).toEqual([])
})
