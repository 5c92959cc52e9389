/**
 * What does a gateway cost a stream? `pnpm bench:stream` measures the processor time per 1,000 events, and how much later the head and
 * the events come, with 200 and 1,000 streams at once and with events as fast as they can be sent.
 *
 *     pnpm bench:stream --rounds 21 --work firehose --only policies,tokens
 */
import { parseArgs } from 'node:util'
import { compareProxies } from './proxy/compare.ts'
import { bare, bareAgain, chosen, countingTokens, mounts, own, peers } from './proxy/contestants.ts'
import { asks } from './proxy/traffic.ts'
import { streamWorks } from './proxy/works.ts'
import type { Work } from './proxy/works.ts'
import { listed, picked, wholeNumber } from './report/options.ts'
import type { Figure } from './report/result.ts'
import { report } from './report/write.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    work: { type: 'string' },
    only: { type: 'string' },
    pin: { type: 'boolean', default: false },
  },
})

const cpu: Figure = { key: 'cpu', title: 'processor time per 1,000 events', unit: 'µs', against: 'ratio' }
const firstByte: Figure = { key: 'first50', title: 'first byte, p50', unit: 'µs', against: 'difference' }
const eventDelays: readonly Figure[] = [
  { key: 'event50', title: 'an event on its way, p50', unit: 'µs', against: 'difference' },
  { key: 'event99', title: 'p99', unit: 'µs', against: 'nothing' },
]

/** Delays of few streams are the proxy's own, and so are told first; with many they are the queue for the processor. */
function figuresOf({ ask, connections }: Work): readonly Figure[] {
  if (asks[ask].everyMs === 0) return [cpu]
  return connections < 100 ? [firstByte, ...eventDelays, cpu] : [cpu, ...eventDelays]
}

const onDemand = mounts.map((mount) => ({ ...mount, onDemand: true as const }))
const contestants = chosen([bare, bareAgain, ...own, countingTokens, ...onDemand, ...peers], listed(values.only))
const tables = await compareProxies({
  contestants,
  works: picked('work', streamWorks, listed(values.work)),
  figuresOf,
  rounds: wholeNumber('rounds', values.rounds),
  pinned: values.pin,
})
report({ bench: 'stream', tables, contestants })
