/** Holds the model server to its one promise: it says who answered, in every dialect, and fails as asked. */

import { expect, onTestFinished, test } from 'vitest'
import { type ModelServer, startModelServer } from './model-server.ts'
import { rawRequest, type ReceivedReply } from '@headgate/testing'

async function start(name: string): Promise<ModelServer> {
  const server = await startModelServer(name)
  onTestFinished(() => server.close())
  return server
}

function ask(server: ModelServer, target: string, body: object): Promise<ReceivedReply> {
  const headers = [['content-type', 'application/json']] as const
  return rawRequest(server.url, { method: 'POST', target, headers, body: JSON.stringify(body) })
}

const messages = [{ role: 'user', content: 'who are you?' }]

test.for<[string, object]>([
  ['/v1/chat/completions', { model: 'm', messages }],
  ['/v1/responses', { model: 'm', input: 'who are you?' }],
  ['/v1/messages', { model: 'm', max_tokens: 9, messages }],
])('%s answers with the name of its server', async ([target, body]) => {
  const [first, second] = [await start('first-server'), await start('second-server')]
  const answers = [await ask(first, target, body), await ask(second, target, body)]
  expect(answers.map(({ status }) => status)).toEqual([200, 200])
  expect(answers[0]?.text).toContain('first-server')
  expect(answers[1]?.text).toContain('second-server')
})

test('a streamed answer comes in several events', async () => {
  const server = await start('nine char')
  const received = await ask(server, '/v1/chat/completions', { model: 'm', messages, stream: true })
  expect(received.header('content-type')).toBe('text/event-stream')
  const pieces = [...received.text.matchAll(/"content":"([^"]+)"/g)].map(([, piece]) => piece)
  expect(pieces).toEqual(['nine', ' cha', 'r'])
})

test('a prompt asks for a failure, and the journal tells what was answered', async () => {
  const server = await start('one')
  const failing = { model: 'm', messages: [{ role: 'user', content: 'please fail with 429' }] }
  const received = await ask(server, '/v1/chat/completions', failing)
  expect([received.status, received.header('retry-after')]).toEqual([429, '7'])
  expect(server.requests.map(({ method, path, status }) => [method, path, status])).toEqual([
    ['POST', '/v1/chat/completions', 429],
  ])
  const journal = await rawRequest(server.url, { target: '/__aimock/journal' })
  expect(JSON.parse(journal.text)).toHaveLength(1)
})
