/** The calls that are made and the replies that are due: every program of the comparison agrees here. */

/** Where, and by what names, the routes of the gateway with policies are told apart. */
export const routeCount = 100
export const tenantCount = 16
const kib = 1024

/** What a caller asks the upstream for. Its name is the model that the body names, so the upstream knows without a field of its own. */
export interface Ask {
  readonly bodyBytes: number
  /** Events of the reply; 0 for one JSON document. */
  readonly events: number
  /** Time from one event to the next, in ms; 0 for all at once. */
  readonly everyMs: number
  /** Bytes of a reply without an end in sight, for callers who do not read. */
  readonly floodBytes?: number
}

const asksByName = {
  chat: { bodyBytes: kib, events: 0, everyMs: 0 },
  large: { bodyBytes: 256 * kib, events: 0, everyMs: 0 },
  'paced-5': { bodyBytes: kib, events: 64, everyMs: 5 },
  'paced-15': { bodyBytes: kib, events: 64, everyMs: 15 },
  'paced-75': { bodyBytes: kib, events: 64, everyMs: 75 },
  firehose: { bodyBytes: kib, events: 2000, everyMs: 0 },
  held: { bodyBytes: kib, events: 600, everyMs: 500 },
  flood: { bodyBytes: kib, events: 0, everyMs: 0, floodBytes: 256 * kib * kib },
} satisfies Record<string, Ask>

export type AskName = keyof typeof asksByName
export const asks: Readonly<Record<AskName, Ask>> = asksByName

export function isAskName(name: string): name is AskName {
  return Object.hasOwn(asks, name)
}

export function isStream({ events, floodBytes = 0 }: Ask): boolean {
  return events > 0 || floodBytes > 0
}

export function hostOf(route: number): string {
  return `team-${route % 10}.models.test`
}

export function modelOf(route: number): string {
  return `model-${route}`
}

/** JSON of exactly `bytes` bytes; `field` is filled up. */
function padded(bytes: number, make: (filling: string) => unknown): Buffer {
  const bare = Buffer.byteLength(JSON.stringify(make('')))
  return Buffer.from(JSON.stringify(make('a'.repeat(bytes - bare))))
}

const bodies = new Map<AskName, Buffer>()

/** The body of a request. */
export function bodyOf(name: AskName): Buffer {
  const made =
    bodies.get(name) ??
    padded(asks[name].bodyBytes, (content) => ({
      model: name,
      messages: [
        { role: 'system', content: 'Answer in one sentence.' },
        { role: 'user', content },
      ],
      // In the order in which those that write bodies anew have it, so that the upstream can compare bytes.
      stream: isStream(asks[name]),
    }))
  bodies.set(name, made)
  return made
}

/** What the first bytes of a body ask for. */
export function askedBy(body: Buffer): AskName | undefined {
  const text = body.toString('latin1', 0, 32)
  const begin = text.indexOf('"model":"') + 9
  const name = text.slice(begin, text.indexOf('"', begin))
  return isAskName(name) ? name : undefined
}

export const answer: Buffer = padded(kib, (content) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'any',
  choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 200, completion_tokens: 180, total_tokens: 380 },
}))

const chunk = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1e15, model: 'any' }
const delta = { index: 0, delta: { content: ' token' }, finish_reason: null }

/** One event of a stream, as large as those of model servers are. `created` is when it was sent, see `stamp`. */
export const event: Buffer = Buffer.from(`data: ${JSON.stringify({ ...chunk, choices: [delta] })}\n\n`)

/** What ends every stream, in one write with its last event. */
export const streamEnd: Buffer = Buffer.from(
  `data: ${JSON.stringify({ ...chunk, choices: [], usage: { prompt_tokens: 200, completion_tokens: 64, total_tokens: 264 } })}\n\ndata: [DONE]\n\n`,
)

const stampDigits = 16
export const stampAt: number = event.indexOf(String(chunk.created))
export const stampEnd: number = stampAt + stampDigits
const micros = (): number => Math.round(Number(process.hrtime.bigint() / 1000n))

/** An event that says when it was made, by the clock that all processes of the machine share. */
export function stamped(): Buffer {
  const made = Buffer.from(event)
  made.write(String(chunk.created + micros()), stampAt, stampDigits, 'latin1')
  return made
}

/** How long ago the event was made that begins at `from`, in µs. */
export function ageMicros(input: Buffer, from: number): number {
  return chunk.created + micros() - Number(input.toString('latin1', from + stampAt, from + stampEnd))
}

/** What a contestant needs beyond the request that all get. */
export interface RequestShape {
  /** Default `/v1/chat/completions`. */
  readonly path?: string
  /** Further header lines, `name: value`. */
  readonly fields?: readonly string[]
}

/** The head of call number `index`, as it goes over the wire. */
export function headBytes(index: number, name: AskName, { path, fields = [] }: RequestShape): Buffer {
  const given = new Set(fields.map((field) => field.slice(0, field.indexOf(':')).toLowerCase()))
  const own = [
    `Host: ${hostOf(index)}`,
    'Content-Type: application/json',
    `Content-Length: ${asks[name].bodyBytes}`,
    `Accept: ${isStream(asks[name]) ? 'text/event-stream' : 'application/json'}`,
    'Authorization: Bearer sk-0123456789abcdef0123456789abcdef',
    'User-Agent: bench/1.0',
    `X-Model: ${modelOf(index % routeCount)}`,
    `X-Tenant: tenant-${index % tenantCount}`,
  ].filter((field) => !given.has(field.slice(0, field.indexOf(':')).toLowerCase()))
  const lines = [`POST ${path ?? '/v1/chat/completions'} HTTP/1.1`, ...own, ...fields]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)
}
