/**
 * What a call says to a model, and what the model says: `gen_ai.system_instructions`, `gen_ai.input.messages` and
 * `gen_ai.output.messages` in the shape of the conventions' JSON schemas. Only for those who ask for it.
 */

import { isObject, list, parse, partsOf, text, toolCalls } from './content-parts.ts'
import type { Part } from './content-parts.ts'

interface Message {
  readonly role: string
  readonly parts: readonly Part[]
  /** Of what a model said. */
  readonly finish_reason?: string
}

/** What a request holds; either may be empty. */
export interface Input {
  readonly instructions: readonly Part[]
  readonly messages: readonly Message[]
}

/** Undefined for what is no JSON object, and for APIs whose messages are not known. */
export function inputOf(dialect: string, body: Buffer): Input | undefined {
  const request = parse(body)
  if (request === undefined) return undefined
  switch (dialect) {
    case 'openai-chat':
      return { instructions: [], messages: list(request['messages']).map(chatMessage) }
    case 'openai-completions':
      return { instructions: [], messages: prompts(request['prompt']) }
    case 'openai-responses':
      return { instructions: partsOf(request['instructions']), messages: responsesInput(request['input']) }
    case 'anthropic-messages':
      return { instructions: partsOf(request['system']), messages: list(request['messages']).map(blockMessage) }
    default:
      return undefined
  }
}

/** What a model said, one message for each choice. Undefined as for `inputOf`. */
export function outputOf(dialect: string, body: Buffer): Message[] | undefined {
  const reply = parse(body)
  if (reply === undefined) return undefined
  switch (dialect) {
    case 'openai-chat':
      return list(reply['choices']).map((choice) => {
        const message = isObject(choice['message']) ? choice['message'] : {}
        return { ...chatMessage({ role: 'assistant', ...message }), finish_reason: finish(choice['finish_reason']) }
      })
    case 'openai-completions':
      return list(reply['choices']).map((choice) => said(partsOf(choice['text']), choice['finish_reason']))
    case 'openai-responses': {
      const incomplete = isObject(reply['incomplete_details']) ? reply['incomplete_details']['reason'] : undefined
      const parts = list(reply['output']).flatMap(itemParts)
      return parts.length === 0 ? [] : [said(parts, incomplete ?? reply['status'])]
    }
    case 'anthropic-messages':
      return [said(partsOf(reply['content']), reply['stop_reason'])]
    default:
      return undefined
  }
}

function said(parts: readonly Part[], reason: unknown): Message {
  return { role: 'assistant', parts, finish_reason: finish(reason) }
}

function chatMessage(message: Readonly<Record<string, unknown>>): Message {
  const { content, reasoning_content: reasoning, tool_calls: calls, tool_call_id: id } = message
  const role = text(message['role'], 'user')
  if (role === 'tool')
    return { role, parts: [{ type: 'tool_call_response', id: text(id, ''), response: content ?? '' }] }
  const thought: Part[] = typeof reasoning === 'string' ? [{ type: 'reasoning', content: reasoning }] : []
  return { role, parts: [...thought, ...partsOf(content), ...toolCalls(calls)] }
}

function blockMessage(message: Readonly<Record<string, unknown>>): Message {
  return { role: text(message['role'], 'user'), parts: partsOf(message['content']) }
}

function prompts(prompt: unknown): Message[] {
  const texts = Array.isArray(prompt) ? prompt.filter((one) => typeof one === 'string') : [prompt]
  return texts.flatMap((one) => (typeof one === 'string' ? [{ role: 'user', parts: partsOf(one) }] : []))
}

/** A text, or items: messages, calls of tools and what came of them. */
function responsesInput(input: unknown): Message[] {
  if (typeof input === 'string') return prompts(input)
  return list(input).map((item) => {
    const isResult = item['type'] === 'function_call_output'
    const fallback = isResult ? 'tool' : item['type'] === 'function_call' ? 'assistant' : 'user'
    return { role: text(item['role'], fallback), parts: itemParts(item) }
  })
}

function itemParts(item: Readonly<Record<string, unknown>>): Part[] {
  return item['content'] === undefined || item['type'] === 'reasoning' ? partsOf([item]) : partsOf(item['content'])
}

/** In the words of the conventions, where they have one. */
const reasons: ReadonlyMap<unknown, string> = new Map([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['completed', 'stop'],
  ['max_tokens', 'length'],
  ['max_output_tokens', 'length'],
  ['tool_calls', 'tool_call'],
  ['tool_use', 'tool_call'],
  ['function_call', 'tool_call'],
  ['refusal', 'content_filter'],
  ['failed', 'error'],
])

/** One that was expected and is not there is an error. */
function finish(reason: unknown): string {
  return reasons.get(reason) ?? text(reason, 'error')
}
