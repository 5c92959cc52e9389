/** Makes docs/performance.md and its drawings of what the benchmarks left behind. */
import { chart } from './chart.ts'
import { glance } from './glance.ts'
import { sections } from './sections.ts'
import type { Section } from './sections.ts'
import type { Result, Table } from '../report/result.ts'
import { roundsOf } from '../report/summary.ts'
import { cells, verdictText } from '../report/text.ts'

/** Path below `docs`, and text. */
export type Files = ReadonlyMap<string, string>

function pipeTable(lines: readonly (readonly string[])[]): string {
  const escaped = lines.map((line) => line.map((cell) => cell.replaceAll('|', String.raw`\|`)))
  const [head = [], ...rest] = escaped
  const widths = head.map((_, column) => Math.max(3, ...escaped.map((line) => (line[column] ?? '').length)))
  const pad = (cell: string, column: number): string =>
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)
  const row = (line: readonly string[]): string => `| ${line.map(pad).join(' | ')} |`
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [row(head), `| ${rule.join(' | ')} |`, ...rest.map(row)].join('\n')
}

/** The first line of a reason: replies that are not due come whole. */
function absences({ absent }: Table): string {
  return absent
    .map(({ name, reason }) => `Left out: ${name}, ${JSON.stringify((reason.split('\n')[0] ?? '').trim())}.`)
    .join('\n\n')
}

function drawingOf(result: Result, table: Table): string {
  return `performance/${result.bench}-${table.name}.svg`
}

function tablePart(result: Result, table: Table): string {
  const rounds = roundsOf(table)
  const parts = [
    `![${table.title}](${drawingOf(result, table)})`,
    pipeTable(cells(table)),
    absences(table),
    (table.verdicts ?? []).map((verdict) => `- ${verdictText(verdict)}`).join('\n'),
    rounds > 1 ? `${rounds} rounds.` : '',
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}

function versionText({ versions }: Result): string {
  return Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')
}

function part({ title, text }: Section, result: Result): string {
  const { machine, command, date } = result
  const where = `${date}, ${machine.cores} x ${machine.cpu}, ${machine.memoryGiB} GiB, ${machine.os}; ${versionText(result)}.`
  return [
    `## ${title}`,
    text,
    `\`\`\`sh\n${command}\n\`\`\``,
    where,
    ...result.tables.map((table) => tablePart(result, table)),
  ].join('\n\n')
}

const intro = `# Performance

What headgate costs, measured beside what people run. This page is made from the figures of real runs by
\`npx -y pnpm@12 docs:performance\`; every figure of every round is in [performance](performance). How the programs measure:
[bench](../bench). To put the same measure on your own gateway:

\`\`\`sh
npx -y pnpm@12 bench:load --config gate.json --path /v1/chat/completions --header 'x-tenant-id: a'
\`\`\`

How to read it:

- \`bare\` is the least that a proxy in Node can do: undici's dispatch written straight to the response, with backpressure
  and cancellation, and nothing decided, retried, counted or timed. It runs a second time to show how far equal things lie
  apart.
- "Every policy" is 100 routes told apart by host, path and header, limits for each tenant and for all, a weighted split,
  breaker, capacity, retries with a kept body, four timeouts, and metrics.
- A figure is the median over the rounds. A ratio is the median of the ratios within single rounds, with its 95 % bounds in
  brackets (sign test). Machines are noisy: trust ratios, and none whose bounds reach those of the second \`bare\`.
- Processor time is the operating system's account for the process of the proxy, with all its threads.`

export function page(results: readonly Result[]): Files {
  const files = new Map<string, string>()
  const seen = glance(results.filter(({ bench }) => bench === 'load' || bench === 'stream'))
  const parts = seen.length === 0 ? [intro] : [intro, pipeTable(seen)]
  for (const section of sections) {
    const result = results.find(({ bench }) => bench === section.bench)
    if (result === undefined) continue
    parts.push(part(section, result))
    for (const table of result.tables) files.set(drawingOf(result, table), chart(table))
  }
  files.set('performance.md', `${parts.join('\n\n')}\n`)
  return files
}
