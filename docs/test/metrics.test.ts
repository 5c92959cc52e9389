/** The names in metrics.md are those of the code. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { kgatewayNames, metricTable, ruleGroups } from '@headgate/prometheus'
import { expect, test } from 'vitest'
import { root } from './workspace.ts'

const page = readFileSync(join(root, 'docs/metrics.md'), 'utf8')

test('the table of metrics is that of the code', () => {
  const rows = [...page.matchAll(/^\| `(\w+)` +\| (counter|gauge|histogram) +\| (.*?) +\| (.*?) +\|$/gm)].map(
    ([, name, type, labels, help]) => ({ name, type, labels, help }),
  )
  expect(rows).toEqual(
    Object.entries(metricTable).map(([name, { type, labels, help }]) => {
      const listed = labels.length === 0 ? 'none' : labels.map((label) => `\`${label}\``).join(', ')
      return { name, type, labels: listed, help }
    }),
  )
})

test('every alert has its line, and so has every name of the kgateway document', () => {
  const alerts = ruleGroups().flatMap(({ rules }) => rules.flatMap((rule) => ('alert' in rule ? [rule.alert] : [])))
  const wanted = [...alerts, ...Object.keys(kgatewayNames).map((name) => `kgateway_${name}`)]
  expect(wanted.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
})
