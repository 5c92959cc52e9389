/**
 * What does a gateway cost in the path of a call? `pnpm bench:load` measures headgate, its mounts and other proxies for Node against
 * `bare`, the least that a proxy can do. Proxies, upstream and callers are processes of their own; what is compared is the processor
 * time of the proxy's process, which depends far less on what else the machine does than the rate of calls.
 *
 *     pnpm bench:load --rounds 21 --work chat-json-32,chat-large --only policies,httpxy
 *     pnpm bench:load --config gate.json --path /v1/chat/completions --header 'x-tenant-id: a'
 */
import { parseArgs } from 'node:util'
import { compareProxies } from './proxy/compare.ts'
import { bare, bareAgain, chosen, mounts, own, peers } from './proxy/contestants.ts'
import type { Contestant } from './proxy/contestants.ts'
import { callWorks } from './proxy/works.ts'
import { listed, picked, wholeNumber } from './report/options.ts'
import type { Figure } from './report/result.ts'
import { report } from './report/write.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    work: { type: 'string' },
    calls: { type: 'string' },
    only: { type: 'string' },
    config: { type: 'string' },
    path: { type: 'string' },
    header: { type: 'string', multiple: true, default: [] },
    pin: { type: 'boolean', default: false },
  },
})
const { config, path, header } = values
const calls = values.calls === undefined ? undefined : wholeNumber('calls', values.calls)
const works = picked('work', callWorks, listed(values.work))

const figures: readonly Figure[] = [
  { key: 'cpu', title: 'processor time a call', unit: 'µs', against: 'ratio' },
  { key: 'rate', title: 'calls', unit: '1/s', against: 'nothing' },
  { key: 'p50', title: 'p50', unit: 'µs', against: 'nothing' },
  { key: 'p99', title: 'p99', unit: 'µs', against: 'nothing' },
]
/** What a lone caller waits longer is the gateway's own; beside others it is the queue for the processor. */
const loneFigures = figures.map((figure): Figure =>
  figure.key === 'p50' ? { ...figure, against: 'difference' } : figure,
)

function contestants(): readonly Contestant[] {
  if (config === undefined) return chosen([bare, bareAgain, ...own, ...mounts, ...peers], listed(values.only))
  const yours: Contestant = { name: 'your gateway', server: 'own-config', option: config }
  return [bare, bareAgain, yours, ...chosen(own, ['plain'])]
}

const taking = contestants()
const tables = await compareProxies({
  contestants: taking,
  works: calls === undefined ? works : works.map((work) => ({ ...work, calls })),
  figuresOf: ({ connections }) => (connections === 1 ? loneFigures : figures),
  rounds: wholeNumber('rounds', values.rounds),
  pinned: values.pin,
  extra: { ...(path === undefined ? {} : { path }), fields: header },
})
report({ bench: config === undefined ? 'load' : 'own', script: 'bench:load', tables, contestants: taking })
