/** The program of one proxy: `serve.ts NAME UPSTREAM [OPTION]`. It loads no other proxy. */
import { serveQuestions } from './messages.ts'

interface Servers {
  /** Each resolves with the port that it listens on. */
  readonly [name: string]: (upstream: string, option: string) => Promise<number>
}

const servers: Servers = {
  bare: async (upstream) => (await import('./servers/bare.ts')).start(upstream),
  plain: async (upstream) => (await import('./servers/plain.ts')).start(upstream),
  policies: async (upstream) => (await import('./servers/policies.ts')).start(upstream),
  unmeasured: async (upstream) => (await import('./servers/policies.ts')).start(upstream, 'nothing'),
  tokens: async (upstream) => (await import('./servers/policies.ts')).start(upstream, 'tokens'),
  'own-config': async (upstream, file) => (await import('./servers/own-config.ts')).start(upstream, file),
  'express-mount': async (upstream) => (await import('./servers/express-mount.ts')).start(upstream),
  'fastify-mount': async (upstream) => (await import('./servers/fastify-mount.ts')).start(upstream),
  'fastify-raw': async (upstream) => (await import('./servers/fastify-mount.ts')).start(upstream, true),
  'hono-mount': async (upstream) => (await import('./servers/hono-mount.ts')).start(upstream),
  'hono-raw': async (upstream) => (await import('./servers/hono-mount.ts')).start(upstream, true),
  'fastify-http-proxy': async (upstream) => (await import('./servers/fastify-http-proxy.ts')).start(upstream),
  'http-proxy-3': async (upstream) => (await import('./servers/http-proxy-3.ts')).start(upstream),
  httpxy: async (upstream) => (await import('./servers/httpxy.ts')).start(upstream),
  'fast-gateway': async (upstream) => (await import('./servers/fast-gateway.ts')).start(upstream),
  'http-proxy-middleware': async (upstream) => (await import('./servers/http-proxy-middleware.ts')).start(upstream),
  'hono-proxy': async (upstream) => (await import('./servers/hono-proxy.ts')).start(upstream),
  portkey: async () => (await import('./servers/portkey.ts')).start(),
}

const [name = '', upstream = '', option = ''] = process.argv.slice(2)
const start = servers[name]
if (start === undefined) throw new Error(`no proxy is called ${name}`)
serveQuestions(await start(upstream, option))
