/** A model server in a process of its own: `node model-server.ts NAME PORT`. Prints `ready PORT` once it listens. */

import { LLMock } from '@copilotkit/aimock'

const [name = 'model', port = '0'] = process.argv.slice(2)

const server = new LLMock({ port: Number(port), host: '127.0.0.1', journalMaxEntries: 0 })

// Streams come a few tokens at a time, as from a model that thinks; single answers come at once.
const slowly = { streamingProfile: { ttft: 120, tps: 30, jitter: 0.3 }, chunkSize: 6 }
server.onMessage(
  /tell me/i,
  {
    content: `${name}: A gateway stands between callers and models. It looks at each request, picks a backend, and passes tokens on the moment they arrive. When a model falls silent, the next one takes over.`,
  },
  slowly,
)
server.onMessage(/.*/, { content: `${name}: hello` })

const url = await server.start()
console.log(`ready ${new URL(url).port}`)

// The demo kills this process the hard way; it must not outlive the demo either.
process.on('disconnect', () => process.exit(0))
