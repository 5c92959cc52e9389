/** `work.js NAME CALLS` does one thing that many times, always the same. It is run where instructions are counted, without a compiler. */
import { Edges, findModel, replyFacts } from '@headgate/dialect'
import { requestHeaders } from '../../packages/proxy/src/headers.ts'
import { requestHead } from '../../packages/proxy/src/h1/request-head.ts'
import { ReplyParser } from '../../packages/proxy/src/h1/reply-parser.ts'
import { range } from '../numbers.ts'

type Call = (index: number) => unknown

const item = <T>(items: readonly T[], index: number): T => items[index % items.length]!
const fields = Object.entries({
  host: 'gate.test',
  'content-type': 'application/json',
  accept: '*/*',
  'user-agent': 'client/1.0',
  authorization: 'Bearer sk-0123456789abcdef',
  'content-length': '1024',
  connection: 'keep-alive',
}).flat()
const chatBody = Buffer.from(
  JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'the quick brown fox '.repeat(45) }] }),
)
const reply = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1024\r\ndate: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n${'x'.repeat(1024)}`,
)
const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
const event = `data: ${JSON.stringify({ id: 'c', model: 'm', choices: [{ delta: { content: ' word' } }] })}\n\n`
const streamHead = Buffer.from(
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n',
)
const streamChunk = Buffer.from(chunk(event))
const nobody = { replyHead: () => {}, replyData: () => {}, replyEnded: () => {} }

export const works: Readonly<Record<string, () => Promise<Call>>> = {
  decision: async () => {
    // A whole gateway takes seconds to load where nothing is compiled.
    const { decider } = await import('../decision/decide.ts')
    const { requests, decide } = await decider(100, 128)
    return (index) => decide(item(requests, index))
  },
  'request-head': async () => {
    const caller = { remoteAddress: '127.0.0.1', protocol: 'http', host: undefined, httpVersion: '1.1' } as const
    const options = { via: '1.1 headgate', trustedHops: 0 }
    return () => requestHead('POST', '/v1/chat/completions', requestHeaders(fields, caller, options), 1024, 'b.test')
  },
  reply: async () => {
    const parser = new ReplyParser(nobody, 65_536)
    return () => {
      parser.expect('POST')
      return parser.push(reply, reply.length)
    }
  },
  'stream-chunk': async () => {
    const parser = new ReplyParser(nobody, 65_536)
    parser.expect('POST')
    parser.push(streamHead, streamHead.length)
    return () => parser.push(streamChunk, streamChunk.length)
  },
  model: async () => () => findModel(chatBody),
  'stream-facts': async () => {
    const events = [...range(20).map(() => Buffer.from(event)), Buffer.from('data: {"usage":{"prompt_tokens":1}}\n\n')]
    return () => {
      const edges = new Edges()
      for (const one of events) edges.add(one)
      return replyFacts('openai-chat', { ...edges.read(), stream: true })
    }
  },
}

const [name = '', calls = '0'] = process.argv.slice(2)
const make = works[name]
if (make !== undefined) {
  const call = await make()
  let used = 0
  for (let index = 0; index < Number(calls); index++) if (call(index) !== undefined) used++
  if (used !== Number(calls)) throw new Error(`${name} did ${used} of ${calls}`)
  process.exit(0)
}
