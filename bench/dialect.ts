/** What does it cost to find or replace the model in a body, and to read the tokens of a stream? Beside parsing all of it. */
import { Edges, findModel, replaceModel, replyFacts } from '@headgate/dialect'
import { createParser } from 'eventsource-parser'
import { bodies, replies, shapes } from './dialect/bodies.ts'
import type { Body, Reply } from './dialect/bodies.ts'
import { compare } from './harness.ts'
import type { Contestant, Settings, Table } from './harness.ts'

const kib = 1024
const mib = 1024 * kib

/** Most of the time of JSON.parse, where the project has set itself a goal. */
const goals: Readonly<Record<string, number>> = {
  '1 KiB, model first': 0.1,
  '64 KiB, model first': 0.02,
  '1 MiB, model last': 0.45,
}

interface Parsed {
  model: string
  usage?: { readonly completion_tokens: number } | null
}

const parse = (body: Body): Parsed => JSON.parse(body.bytes.toString()) as Parsed

const finders: readonly Contestant<Body, string>[] = [
  {
    name: '@headgate/dialect',
    call: ({ bytes }) => {
      const found = findModel(bytes)
      return typeof found === 'string' ? `no model: ${found}` : found.value
    },
  },
  { name: 'JSON.parse', call: (body) => parse(body).model },
]

const replacers: readonly Contestant<Body, Buffer | undefined>[] = [
  { name: '@headgate/dialect', call: ({ bytes }) => replaceModel(bytes, 'llama-3') },
  {
    name: 'JSON.parse and JSON.stringify',
    call: (body) => {
      const parsed = parse(body)
      parsed.model = 'llama-3'
      return Buffer.from(JSON.stringify(parsed))
    },
  },
]

/** The tokens of a stream by its events, of which `read` makes what it needs; the parser takes text. */
function byEvents(chunks: readonly Buffer[], read: (data: string) => void): void {
  const decoder = new TextDecoder()
  const parser = createParser({ onEvent: ({ data }) => read(data) })
  for (const chunk of chunks) parser.feed(decoder.decode(chunk, { stream: true }))
}

const tokensIn = (data: string): number | undefined => (JSON.parse(data) as Parsed).usage?.completion_tokens

const readers: readonly Contestant<Reply, number>[] = [
  {
    name: '@headgate/dialect',
    call: ({ chunks }) => {
      const edges = new Edges()
      for (const chunk of chunks) edges.add(chunk)
      return replyFacts('openai-chat', { ...edges.read(), stream: true })?.usage?.output ?? -1
    },
  },
  {
    name: 'eventsource-parser, JSON.parse of each event',
    call: ({ chunks }) => {
      let tokens = -1
      byEvents(chunks, (data) => {
        if (data !== '[DONE]') tokens = tokensIn(data) ?? tokens
      })
      return tokens
    },
  },
  {
    name: 'eventsource-parser, JSON.parse where the text has a usage',
    call: ({ chunks }) => {
      let tokens = -1
      byEvents(chunks, (data) => {
        if (data.includes('"usage":{')) tokens = tokensIn(data) ?? tokens
      })
      return tokens
    },
  },
  {
    name: 'eventsource-parser, JSON.parse of the last event',
    call: ({ chunks }) => {
      let last = '{}'
      byEvents(chunks, (data) => {
        if (data !== '[DONE]') last = data
      })
      return tokensIn(last) ?? -1
    },
  },
]

async function run<Item, Answer>(
  title: string,
  items: readonly Item[],
  contestants: readonly Contestant<Item, Answer>[],
  isRight: (answer: Answer, item: Item) => boolean,
  settings: Settings,
  goal?: number,
): Promise<Table> {
  const check = ({ name, call }: Contestant<Item, Answer>): void => {
    for (const item of items) if (!isRight(call(item), item)) throw new Error(`${title}: ${name} is wrong`)
  }
  const goals = contestants
    .slice(1)
    .map(({ name }) => ({ row: '@headgate/dialect', peer: name, most: goal ?? Number.NaN }))
  return compare({ title, items, check, contestants, goals: goal === undefined ? [] : goals }, settings)
}

export async function dialect(settings: Settings): Promise<Table[]> {
  const tables: Table[] = []
  const isModel = (answer: string, { model }: Body): boolean => answer === model
  for (const [size, bytes, count] of [
    ['1 KiB', kib, 8],
    ['64 KiB', 64 * kib, 4],
    ['1 MiB', mib, 2],
  ] as const) {
    for (const shape of Object.keys(shapes)) {
      // Tools alone are longer.
      if (bytes === kib && /tools|JSON/.test(shape)) continue
      const title = `${size}, ${shape}`
      tables.push(await run(title, bodies(shape, bytes, count), finders, isModel, settings, goals[title]))
    }
  }
  const replaced = bodies('model first', mib, 2)
  const wanted = new Map(replaced.map((body) => [body, replacers[1]?.call(body)]))
  const isReplaced = (answer: Buffer | undefined, body: Body): boolean => answer?.equals(wanted.get(body)!) === true
  tables.push(await run('1 MiB, another model written into it', replaced, replacers, isReplaced, settings, 0.12))
  const isCount = (answer: number, { tokens }: Reply): boolean => answer === tokens
  for (const events of [20, 200]) {
    const title = `the tokens of a stream of ${events} events`
    tables.push(await run(title, replies(events, 8), readers, isCount, settings, 0.12))
  }
  return tables
}
