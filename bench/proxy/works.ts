/** What the proxies are put to. */
import { asks } from './traffic.ts'
import type { AskName } from './traffic.ts'

export interface Work {
  readonly name: string
  readonly title: string
  readonly ask: AskName
  readonly connections: number
  /** Of each proxy in each round. */
  readonly calls: number
}

export const callWorks: readonly Work[] = [
  { name: 'chat-json-32', title: '1 KiB up, 1 KiB down, 32 calls at once', ask: 'chat', connections: 32, calls: 2000 },
  { name: 'chat-json-256', title: '1 KiB up, 1 KiB down, 256 at once', ask: 'chat', connections: 256, calls: 3072 },
  { name: 'chat-json-1', title: '1 KiB up, 1 KiB down, a lone caller', ask: 'chat', connections: 1, calls: 600 },
  { name: 'chat-large', title: '256 KiB up, 1 KiB down, 16 at once', ask: 'large', connections: 16, calls: 400 },
]

export const streamWorks: readonly Work[] = [
  { name: 'sse-8', title: '8 streams at once, an event each 5 ms', ask: 'paced-5', connections: 8, calls: 48 },
  { name: 'sse-200', title: '200 streams at once, an event each 15 ms', ask: 'paced-15', connections: 200, calls: 200 },
  {
    name: 'sse-1000',
    title: '1,000 streams at once, an event each 75 ms',
    ask: 'paced-75',
    connections: 1000,
    calls: 1000,
  },
  {
    name: 'firehose',
    title: '4 streams at once of 2,000 events without delay',
    ask: 'firehose',
    connections: 4,
    calls: 24,
  },
]

/** What the figures of a work are for: a call, or 1,000 events. */
export function unitsOf({ ask }: Work, calls: number): number {
  const { events } = asks[ask]
  return events === 0 ? calls : (calls * events) / 1000
}
