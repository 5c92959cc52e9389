/** What a reply says about itself, and which name of a model counts as one. */

import { parseJson, textOf } from './json.ts'
import type { TokenUsage } from './usage.ts'

/** What a reply says about itself, as far as it does. */
export interface ReplyFacts {
  /** The model that answered, by the name that the backend gives it. At most 256 characters. */
  readonly model?: string
  readonly usage?: TokenUsage
}

/** Longer ones are no names. */
const mostName = 256

/** Undefined where there is neither. */
export function factsOf(model: string | undefined, usage: TokenUsage | undefined): ReplyFacts | undefined {
  if (model === undefined) return usage && { usage }
  return usage === undefined ? { model } : { model, usage }
}

/** Undefined where it is no name. */
export function nameOf(value: unknown): string | undefined {
  const name = textOf(value)
  return name === undefined || name === '' || name.length > mostName ? undefined : name
}

/** The name in the JSON text of a field. */
export function nameIn(text: Buffer | undefined): string | undefined {
  return text && nameOf(parseJson(text.toString()))
}
