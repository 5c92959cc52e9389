/** A model server whose streams fail as `x-fault` asks, always behind a 200. */

import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export const faults = ['an error', 'nothing', 'only pings', 'a cut before the first word', 'a cut after it'] as const
export type Fault = (typeof faults)[number]

const event = (data: object): string => `data: ${JSON.stringify(data)}\n\n`
const role = event({ choices: [{ index: 0, delta: { role: 'assistant' } }] })
const word = event({ choices: [{ index: 0, delta: { content: 'primary' } }] })

const streams: Readonly<Record<Fault, (response: ServerResponse) => void>> = {
  'an error': (response) => response.end(role + event({ error: { message: 'Too busy.', type: 'overloaded_error' } })),
  nothing: (response) => response.end(),
  'only pings': (response) => {
    const timer = setInterval(() => response.write(': ping\n\n'), 50)
    response.once('close', () => clearInterval(timer))
  },
  'a cut before the first word': (response) => response.write(role, () => response.destroy()),
  'a cut after it': (response) => response.write(role + word, () => response.destroy()),
}

export async function startFailingModel(): Promise<{ readonly url: string; close(): void }> {
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const fault = faults.find((name) => name === request.headers['x-fault'])
    if (fault !== undefined) streams[fault](response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
