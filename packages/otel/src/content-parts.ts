/** The parts that messages are made of, whichever API wrote them. Images, sounds and files are named and left out. */

export interface Part {
  readonly type: string
  readonly [field: string]: unknown
}

type Fields = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Undefined for what is no object. */
export function parse(body: Buffer): Fields | undefined {
  try {
    const value: unknown = JSON.parse(body.toString())
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

export function list(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

export function text(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise
}

/** Of a text, or of a list of blocks. */
export function partsOf(content: unknown): Part[] {
  if (typeof content === 'string') return [{ type: 'text', content }]
  return list(content).map(partOf)
}

function partOf(block: Fields): Part {
  const type = text(block['type'], 'unknown')
  switch (type) {
    case 'text':
    case 'input_text':
    case 'output_text':
      return { type: 'text', content: text(block['text'], '') }
    case 'refusal':
      return { type: 'text', content: text(block['refusal'], '') }
    case 'thinking':
      return { type: 'reasoning', content: text(block['thinking'], '') }
    case 'reasoning':
      return {
        type,
        content: list(block['summary'])
          .map((one) => text(one['text'], ''))
          .join('\n'),
      }
    case 'tool_use':
      return { type: 'tool_call', id: text(block['id'], ''), name: text(block['name'], ''), arguments: block['input'] }
    case 'tool_result':
      return { type: 'tool_call_response', id: text(block['tool_use_id'], ''), response: block['content'] ?? '' }
    case 'function_call':
      return call(block['call_id'], block)
    case 'function_call_output':
      return { type: 'tool_call_response', id: text(block['call_id'], ''), response: block['output'] ?? '' }
    default:
      return { type }
  }
}

/** Those of a message of chat completions. */
export function toolCalls(calls: unknown): Part[] {
  return list(calls).map((one) => call(one['id'], isObject(one['function']) ? one['function'] : {}))
}

/** OpenAI has the arguments as a text that is JSON, as a rule. */
function call(id: unknown, { name, arguments: given }: Fields): Part {
  return { type: 'tool_call', id: text(id, ''), name: text(name, ''), arguments: parsed(given) }
}

function parsed(given: unknown): unknown {
  if (typeof given !== 'string') return given
  try {
    return JSON.parse(given) as unknown
  } catch {
    return given
  }
}
