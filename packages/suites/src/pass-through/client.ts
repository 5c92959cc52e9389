/** What the pass-through suite asks of each SDK. Knows no SDK. */

/** One SDK in the ways in which applications use it. Each function gets the server's URL without a path. */
export interface PassThroughClient {
  readonly name: string
  /** The prompt's answer in one piece. */
  plain(url: string, prompt: string): Promise<unknown>
  /** Every event of the prompt's answer. */
  streaming(url: string, prompt: string): Promise<unknown>
  /** Starts a stream, leaves after its first piece of text, and tells what it saw. Must not take the rest of the stream. */
  leaving(url: string, prompt: string): Promise<unknown>
  /** Events, as bytes, of a stream up to its first piece of text in the dialect that this client speaks. */
  readonly opening: readonly string[]
}

/** No client repeats anything on its own: what it sees is what the server or the gateway said. */
export const maxRetries = 0

/** Collects what an iterable gives until `enough` says so; then calls `leave` and takes what still comes. */
export async function leaveAfter<T>(
  source: AsyncIterable<T>,
  enough: (item: T) => boolean,
  leave: () => void,
): Promise<unknown> {
  const seen: T[] = []
  try {
    for await (const item of source) {
      seen.push(item)
      if (enough(item)) leave()
    }
    return { seen, end: 'end' }
  } catch (error) {
    return { seen, end: error instanceof Error ? error.name : String(error) }
  }
}
