/** What does all that headgate decides for a request cost? See `decision/decide.ts` for where that begins and ends. */
import { bytesPerCall } from './allocations/sampler.ts'
import { decider } from './decision/decide.ts'
import { verdict } from './goals.ts'
import { compare } from './harness.ts'
import type { Settings, Table } from './harness.ts'
import { median } from './report/statistics.ts'
import { short } from './report/text.ts'

const mostNs = 1500
const mostBytes = 500

export async function decision(settings: Settings): Promise<Table[]> {
  const tables: Table[] = []
  for (const routes of [100, 1000]) {
    const { requests, decide, matchOnly, close } = await decider(routes, 1024)
    const contestants = [
      { name: 'the whole decision', call: decide },
      { name: 'of that, the match', call: matchOnly },
    ]
    const check = (): void => {}
    const title = `${routes.toLocaleString('en-US')} routes by host, path and header, every policy`
    const table = await compare({ title, items: requests, check, contestants }, settings)
    const bytes = await bytesPerCall((index) => void decide(requests[index % requests.length]!), 20_000)
    const verdicts = [
      verdict('ns', median(table.rows[0]?.samples['ns'] ?? []), mostNs),
      verdict('bytes allocated', bytes, mostBytes),
    ]
    tables.push({
      ...table,
      title: `${title}: ${short(bytes)} bytes a request`,
      ...(routes === 1000 ? { verdicts } : {}),
    })
    await close()
  }
  return tables
}
