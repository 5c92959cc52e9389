/** The program of one proxy: `serve.ts NAME UPSTREAM`. It loads no other proxy. */
import { allocatedBytes, sampleAllocations } from '../allocations/sampler.ts'
import { ownCpuMicros, serveQuestions } from './messages.ts'

interface Server {
  /** Resolves with the port that it listens on. */
  start(upstream: string): Promise<number>
}

const servers: Readonly<Record<string, () => Promise<Server>>> = {
  bare: () => import('./servers/bare.ts'),
  plain: () => import('./servers/plain.ts'),
  policies: () => import('./servers/policies.ts'),
  measured: () => import('./servers/measured.ts'),
  fastify: () => import('./servers/fastify.ts'),
  'http-proxy-3': () => import('./servers/http-proxy-3.ts'),
  httpxy: () => import('./servers/httpxy.ts'),
}

const [name = '', upstream = ''] = process.argv.slice(2)
const server = await servers[name]?.()
if (server === undefined) throw new Error(`no proxy is called ${name}`)
serveQuestions(await server.start(upstream), ({ kind }) => {
  if (kind === 'sample') return sampleAllocations()
  return kind === 'allocated' ? allocatedBytes() : ownCpuMicros()
})
