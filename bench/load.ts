/**
 * What does a gateway cost in the path of a call? `pnpm bench:load` measures headgate, its mounts and other proxies for Node against
 * `bare`, the least that a proxy can do. Proxies, upstream and callers are processes of their own; what is compared is the processor
 * time of the proxy's process, which depends far less on what else the machine does than the rate of calls.
 *
 *     pnpm bench:load --rounds 21 --work chat-json-32,chat-large --only policies,httpxy
 *     pnpm bench:load --config gate.json --path /v1/chat/completions --header 'x-tenant-id: a'
 */
import { parseArgs } from 'node:util'
import { bare, bareAgain, chosen, mounts, own, peers } from './proxy/contestants.ts'
import type { Contestant } from './proxy/contestants.ts'
import { Program } from './proxy/program.ts'
import { measureRounds, openRing } from './proxy/rounds.ts'
import { callWorks } from './proxy/works.ts'
import type { Figure, Table } from './report/result.ts'
import { listed, picked, wholeNumber } from './report/options.ts'
import { report } from './report/write.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    work: { type: 'string' },
    only: { type: 'string' },
    config: { type: 'string' },
    path: { type: 'string' },
    header: { type: 'string', multiple: true, default: [] },
    pin: { type: 'boolean', default: false },
  },
})
const rounds = wholeNumber('rounds', values.rounds)
const works = picked('work', callWorks, listed(values.work))
const { config, path, header, pin } = values

const figures: readonly Figure[] = [
  { key: 'cpu', title: 'processor time a call', unit: 'µs', against: 'ratio' },
  { key: 'rate', title: 'calls', unit: '1/s', against: 'nothing' },
  { key: 'p50', title: 'p50', unit: 'µs', against: 'nothing' },
  { key: 'p99', title: 'p99', unit: 'µs', against: 'nothing' },
]
const loneFigures = figures.map((figure): Figure =>
  figure.key === 'p50' ? { ...figure, against: 'difference' } : figure,
)

const yours: readonly Contestant[] =
  config === undefined ? [] : [{ name: 'your gateway', server: 'own-config', option: config }]
const contestants =
  config === undefined
    ? chosen([bare, bareAgain, ...own, ...mounts, ...peers], listed(values.only))
    : [bare, bareAgain, ...yours, ...chosen(own, ['plain'])]

const tables: Table[] = []
try {
  const ring = await openRing(contestants, 'chat', {
    pinned: pin,
    extra: { ...(path === undefined ? {} : { path }), fields: header },
  })
  for (const work of works) {
    console.error(`${work.name}: ${rounds} rounds of ${ring.entrants.length} proxies`)
    const { rows, absent } = await measureRounds(ring, work, rounds)
    tables.push({
      name: work.name,
      title: `${work.name}: ${work.title}`,
      figures: work.connections === 1 ? loneFigures : figures,
      rows,
      absent,
    })
  }
} finally {
  await Program.stopAll()
}
const command = ['pnpm bench:load', ...process.argv.slice(2)].join(' ')
report(
  config === undefined ? 'load' : 'own',
  command,
  tables,
  contestants.flatMap(({ peer }) => peer ?? []),
)
