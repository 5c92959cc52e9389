/** Bodies and streams as callers and model servers write them, the same in every run. */
import { range, seeded } from '../numbers.ts'

type Message = Readonly<Record<string, unknown>>

/** A body, and the model that it asks for. */
export interface Body {
  readonly bytes: Buffer
  readonly model: string
}

/** The chunks of a streamed reply, one event in each, and the tokens that its end counts. */
export interface Reply {
  readonly chunks: readonly Buffer[]
  readonly tokens: number
}

const words =
  'the a of to and in is that for it with as was on are be this have from or one had by word but not what all were we when your can said there use an each which she do how their if will up other about out many then them these so some her would make like him into time has look two more write go see number no way could people my than first water been call who oil its now find long down day did get come made may part'.split(
    ' ',
  )

/** Sentences with line breaks and quoted words; `aside` stands behind every 25th word. */
function prose(length: number, random: () => number, aside = ''): string {
  let text = ''
  for (let count = 1; text.length < length; count++) {
    const word = words[Math.floor(random() * words.length)] ?? ''
    text += count % 90 === 0 ? `"${word}"` : word
    text += count % 12 === 0 ? '. ' : ' '
    if (count % 40 === 0) text += '\n\n'
    if (count % 25 === 0) text += aside
  }
  return `${text.slice(0, length - 1)}.`
}

/** A chat of about so many bytes, `each` of them in a message. */
function messages(bytes: number, each: number, random: () => number, aside?: string): Message[] {
  const list: Message[] = []
  for (let left = bytes; left > 0; left -= each + 40) {
    const role = list.length % 2 === 0 ? 'user' : 'assistant'
    list.push({ role, content: prose(Math.max(40, Math.min(each, left - 40)), random, aside) })
  }
  return list
}

/** Results of tools: JSON within strings of JSON. */
function results(bytes: number, random: () => number): Message[] {
  const list: Message[] = []
  for (let left = bytes; left > 0; left -= 8192) {
    const rows = range(40).map((id) => ({ id, tags: ['a', 'b'], note: prose(90, random) }))
    list.push({ role: 'tool', tool_call_id: `call_${list.length}`, content: JSON.stringify(rows, undefined, 1) })
  }
  return list
}

const tools = range(6).map((index) => {
  const properties = {
    city: { type: 'string', description: 'The name of a place.' },
    unit: { type: 'string', enum: ['celsius', 'fahrenheit'] },
    days: { type: 'integer' },
  }
  const parameters = { type: 'object', properties, required: ['city'], additionalProperties: false }
  const description = 'Says what the weather of a place is, "now" or later.'
  return { type: 'function', function: { name: `weather_${index}`, description, parameters } }
})

const settings = { stream: true, temperature: 0.7 }

/** Where a text comes from, as prompts with documents have it. */
const source = '[12] '

/** Text with code in it, as prompts about programs have it. */
const code = 'rows[0] = { "id": ids[1] }\n'

/** How the chat of a body is written, and where its model stands. */
export const shapes: Readonly<Record<string, (model: string, bytes: number, random: () => number) => object>> = {
  'model first': (model, bytes, random) => ({ model, ...settings, messages: messages(bytes, 600, random) }),
  'model last': (model, bytes, random) => ({ messages: messages(bytes, 600, random), ...settings, model }),
  'model first, tools behind the messages': (model, bytes, random) => {
    return { model, messages: messages(bytes - 2500, 600, random), tools, tool_choice: 'auto' }
  },
  'model first, messages of parts': (model, bytes, random) => {
    const parts = messages(bytes, 600, random).map(({ role, content: text }) => {
      return { role, content: [{ type: 'text', text }] }
    })
    return { model, max_tokens: 1024, messages: parts }
  },
  'model first, brackets in the prompts': (model, bytes, random) => {
    return { model, ...settings, messages: messages(bytes, 600, random, source) }
  },
  'model first, code in the prompts': (model, bytes, random) => {
    return { model, ...settings, messages: messages(bytes, 600, random, code) }
  },
  'model first, JSON within strings': (model, bytes, random) => ({ model, messages: results(bytes, random) }),
}

/** `count` bodies of about `bytes`. */
export function bodies(shape: string, bytes: number, count: number): Body[] {
  const random = seeded(bytes)
  return range(count).map((index) => {
    const model = `model-${index}-2026`
    return { bytes: Buffer.from(JSON.stringify(shapes[shape]?.(model, bytes - 100, random))), model }
  })
}

/** Replies of so many events with content, as OpenAI writes them. */
export function replies(events: number, count: number): Reply[] {
  const random = seeded(events)
  return range(count).map((index) => {
    const id = `chatcmpl-${index}AbCdEfGhIjKlMnOpQrStUvWx`
    const head = { id, object: 'chat.completion.chunk', created: 1_790_000_000, model: 'gpt-4o-mini-2024-07-18' }
    const about = { ...head, service_tier: 'default', system_fingerprint: 'fp_560af6e559' }
    const lines = range(events).map(() => {
      const delta = { content: ` ${words[Math.floor(random() * words.length)]}` }
      return { ...about, choices: [{ index: 0, delta, logprobs: null, finish_reason: null }], usage: null }
    })
    const tokens = events + index
    const end = {
      ...about,
      choices: [],
      usage: { prompt_tokens: 9, completion_tokens: tokens, total_tokens: 9 + tokens },
    }
    const data = [...lines, end].map((event) => JSON.stringify(event))
    return { chunks: [...data, '[DONE]'].map((text) => Buffer.from(`data: ${text}\n\n`)), tokens }
  })
}
