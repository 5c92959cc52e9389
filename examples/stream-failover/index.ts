/**
 * Streams that fail, as the official client sees them. Before the first word another model answers and nobody notices; after it
 * the client keeps its words, and is told that they are not all.
 */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gateway, nodeHandler } from 'headgate'
import type { RequestReport } from 'headgate'
import OpenAI from 'openai'
import { startModel } from '../models.ts'
import { faults, startFailingModel } from './failing-model.ts'
import type { Fault } from './failing-model.ts'

const primary = await startFailingModel()
const reserve = await startModel('reserve')

const gate = gateway('stream-failover-example')
  .pool('own', { primary: primary.url })
  .pool('reserve', { reserve: reserve.url })
  .route('chat', (route) =>
    route.when({ path: '/v1' }).to('primary').fallback('reserve').timeout({ firstEvent: '500ms', idle: '30s' }),
  )
  .build()

const server = createServer(nodeHandler(gate))
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const { port } = server.address() as AddressInfo
const client = new OpenAI({ baseURL: `http://127.0.0.1:${port}/v1`, apiKey: 'none' })

/** What a caller has in the end: its words, and what is wrong with them. */
async function ask(fault: Fault): Promise<{ readonly words: string; readonly error?: string }> {
  let words = ''
  try {
    const stream = await client.chat.completions.create(
      { model: 'any', messages: [{ role: 'user', content: 'hello' }], stream: true },
      { headers: { 'x-fault': fault } },
    )
    for await (const part of stream) words += part.choices[0]?.delta.content ?? ''
    return { words }
  } catch (error) {
    // The words are real, and there are more that never came: show them as unfinished, or ask again.
    return { words, error: error instanceof Error ? error.message : String(error) }
  }
}

for (const fault of faults) {
  const ended = new Promise<RequestReport>((resolve) => gate.once('request-ended', resolve))
  const { words, error } = await ask(fault)
  const { attempts } = await ended
  const record = attempts.map(({ backend, status, outcome }) => `${backend} ${status} ${outcome}`).join(', ')
  console.log(`${fault}: "${words}"${error === undefined ? '' : `, then ${error}`} (${record})`)
}

server.close()
server.closeAllConnections()
await gate.close()
primary.close()
reserve.close()
