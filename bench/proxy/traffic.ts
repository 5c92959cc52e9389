/** The calls that are made and the replies that are due: every program of the comparison agrees here. */

/** Where, and by what names, the routes of the gateway with policies are told apart. */
export const routeCount = 100
export const tenantCount = 16
export const eventsPerStream = 64
/** The upstream sends one event of each stream in this time. */
export const eventEveryMs = 3

export function hostOf(route: number): string {
  return `team-${route % 10}.models.test`
}

export function modelOf(route: number): string {
  return `model-${route}`
}

const kib = 1024

/** JSON of exactly `bytes` bytes; `field` is filled up. */
function padded(bytes: number, make: (filling: string) => unknown): Buffer {
  const bare = Buffer.byteLength(JSON.stringify(make('')))
  return Buffer.from(JSON.stringify(make('a'.repeat(bytes - bare))))
}

const question: Buffer = padded(kib, (content) => ({
  model: 'any',
  messages: [
    { role: 'system', content: 'Answer in one sentence.' },
    { role: 'user', content },
  ],
}))

export const answer: Buffer = padded(kib, (content) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 200, completion_tokens: 180, total_tokens: 380 },
}))

const delta = { index: 0, delta: { content: ' token' }, finish_reason: null }

/** One event of a stream, as large as those of model servers are. */
export const event: Buffer = Buffer.from(
  `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'any', choices: [delta] })}\n\n`,
)

/** The head and body of call number `index`, as they go over the wire. */
export function requestBytes(index: number, stream: boolean): Buffer {
  const head = [
    'POST /v1/chat/completions HTTP/1.1',
    `Host: ${hostOf(index)}`,
    'Content-Type: application/json',
    `Content-Length: ${question.length}`,
    `Accept: ${stream ? 'text/event-stream' : 'application/json'}`,
    'Authorization: Bearer sk-0123456789abcdef0123456789abcdef',
    'User-Agent: bench/1.0',
    `X-Model: ${modelOf(index % routeCount)}`,
    `X-Tenant: tenant-${index % tenantCount}`,
  ]
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), question])
}
