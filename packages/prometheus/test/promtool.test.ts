/** What promtool says of the text, the rules and the alerts, on series of a gateway that meets faults. */

import { failure, gate as hold, json, startUpstream, steps, VirtualClock, wholeRequest } from '@headgate/testing'
import { dashboard, exposedMetrics, ruleFile, ruleGroups } from '@headgate/prometheus'
import { describe, expect, test } from 'vitest'
import { measured, routesOf } from './measured.ts'
import { growth, inputSeries, readScrape } from './series.ts'
import type { Scrape } from './series.ts'
import { found, promtool, temporaryFolder } from './tools.ts'

/** A day that ends well: 20 minutes of traffic that goes wrong from the tenth on, in the time of the gateway, scraped each minute. */
async function badDay(): Promise<readonly Scrape[]> {
  const clock = new VirtualClock()
  let released = hold()
  await using good = await startUpstream(json({}))
  await using bad = await startUpstream(failure(503))
  await using slow = await startUpstream(steps(wholeRequest, () => released.pass(), json({})))
  await using flaky = await startUpstream(json({}))
  const breaker = { failures: 1, openFor: '10h', maxOpenFor: '10h' }
  const config = routesOf({ good: good.url, bad: bad.url, slow: slow.url, flaky: flaky.url }, { flaky: { breaker } })
  await using served = await measured(config, { now: clock.now, metrics: { prefix: 'kgateway' } })
  const scrapes: Scrape[] = []
  let asked = 0
  let waiting: Promise<number>[] = []
  const ask = async (path: string, count: number): Promise<void> => {
    for (let at = 0; at < count; at++) await served.ask(path)
    asked += count
  }
  // Once of everything long before the first scrape: from then on all series are there.
  for (let minute = -7; minute <= 20; minute++) {
    const goesWrong = minute >= 10
    const isFirst = minute === -7
    // Slow ones take exactly the minute that passes here.
    clock.advance(60_000)
    released.release()
    asked += waiting.length
    await Promise.all(waiting)
    released = hold()
    if (minute === 10) flaky.use(failure(500))
    await ask('/good', 18)
    if (goesWrong || isFirst) await ask('/bad', 2)
    if (isFirst || minute === 10) await ask('/flaky', 1)
    const slowOnes = goesWrong || isFirst ? 2 : 0
    const before = slow.requests.length
    waiting = Array.from({ length: slowOnes }, () => served.ask('/slow'))
    if (slowOnes > 0) await slow.request(before + slowOnes)
    await served.ended(asked)
    if (minute >= 0) scrapes.push(readScrape(await served.metrics.text()))
  }
  released.release()
  await Promise.all(waiting)
  return scrapes
}

/** Each calls programs, on a machine that may be busy. */
describe.skipIf(!found)('promtool', { timeout: 60_000 }, () => {
  test.for([
    ['headgate', []],
    [
      'kgateway',
      [
        'kgateway_retry_count counter metrics should have "_total" suffix',
        'kgateway_retry_count non-histogram and non-summary metrics should not have "_count" suffix',
        'kgateway_upstream_rq_5xx counter metrics should have "_total" suffix',
        'kgateway_upstream_rq_xx counter metrics should have "_total" suffix',
      ],
    ],
  ] as const)('check metrics, with the prefix %s', async ([prefix, complaints]) => {
    await using upstream = await startUpstream([failure(503), json({})])
    const config = routesOf({ a: upstream.url }, { a: { breaker: {} } })
    await using served = await measured(
      { ...config, limits: [{ name: 'all "of" them', tokens: 5, every: '1s' }] },
      { metrics: { prefix } },
    )
    await served.ask('/a')
    await served.ask('/a')
    await served.ask('/elsewhere')
    await served.ended(2)
    const text = await served.metrics.text()
    expect(text).toContain('{limit="all \\"of\\" them",decision="allowed"} 0\n')
    expect(promtool(['check', 'metrics'], text).lines.toSorted()).toEqual(complaints)
  })

  test.for(['headgate', 'kgateway'])(
    'check rules: those of the prefix %s, and every query of the dashboard',
    (prefix) => {
      using folder = temporaryFolder()
      const rules = promtool(['check', 'rules', folder.write('rules.yml', ruleFile({ prefix }))])
      expect(rules).toMatchObject({ status: 0 })
      const queries = dashboard({ prefix }).panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
      const recorded = queries.map((expr, at) => ({ record: `drawn:${at}`, expr }))
      const groups = JSON.stringify({ groups: [{ name: 'drawn', rules: recorded }] })
      expect(promtool(['check', 'rules', folder.write('drawn.yml', groups)])).toMatchObject({ status: 0 })
    },
  )

  test('the alerts of the kgateway document go off after their time, on a day that goes wrong, and not before', async () => {
    const scrapes = await badDay()
    const minutes = [...scrapes.keys()].slice(5)
    const total = /^kgateway_requests_total\{/
    const errors = /^kgateway_upstream_rq_5xx\{/
    const errorRate = (minute: number): number => growth(scrapes, minute, errors) / growth(scrapes, minute, total)
    const quick = (minute: number): number =>
      growth(scrapes, minute, /^kgateway_request_duration_seconds_bucket\{le="30"/) /
      growth(scrapes, minute, /^kgateway_request_duration_seconds_bucket\{le="\+Inf"/)
    const first = (holds: (minute: number) => boolean): number => {
      const minute = minutes.find((at) => holds(at))
      if (minute === undefined) throw new Error('it never holds')
      return minute
    }
    const begins = {
      HighErrorRate: first((minute) => errorRate(minute) > 0.05),
      HighLatency: first((minute) => quick(minute) < 0.99),
      CircuitBreakerOpen: first(
        (minute) => scrapes[minute]?.get('kgateway_circuit_breaker_open{upstream_cluster="flaky"}') === 1,
      ),
    }
    // The counts that the test itself made, so that it is not only the gateway that says so.
    expect(begins).toMatchObject({ HighLatency: 11, CircuitBreakerOpen: 10 })
    expect(growth(scrapes, 20, errors)).toBe(10)
    expect(growth(scrapes, 20, total)).toBe(5 * (18 + 2 + 2))

    const [group] = ruleGroups({ prefix: 'kgateway' })
    const alertTests = (group?.rules ?? []).flatMap((rule) => {
      if (!('alert' in rule)) return []
      const begun = begins[rule.alert as keyof typeof begins]
      const fires = begun + Number.parseInt(rule.for, 10)
      const { severity } = rule.labels
      const labels = rule.alert === 'CircuitBreakerOpen' ? { upstream_cluster: 'flaky', severity } : { severity }
      const percent = `${Number((errorRate(fires) * 100).toPrecision(4))}%`
      const annotations = Object.fromEntries(
        Object.entries(rule.annotations).map(([name, text]) => [
          name,
          text.replace('{{ $value | humanizePercentage }}', percent).replace('{{ $labels.upstream_cluster }}', 'flaky'),
        ]),
      )
      const { alert: alertname } = rule
      return [
        { eval_time: `${fires - 1}m`, alertname, exp_alerts: [] },
        { eval_time: `${fires}m`, alertname, exp_alerts: [{ exp_labels: labels, exp_annotations: annotations }] },
      ]
    })
    expect(alertTests).toHaveLength(6)
    using folder = temporaryFolder()
    const rules = folder.write('rules.yml', ruleFile({ prefix: 'kgateway' }))
    const input = inputSeries(scrapes, /^kgateway_/)
    const promtoolTest = {
      rule_files: [rules],
      evaluation_interval: '1m',
      tests: [{ interval: '1m', input_series: input, alert_rule_test: alertTests }],
    }
    const verdict = promtool(['test', 'rules', folder.write('test.yml', JSON.stringify(promtoolTest))])
    expect(verdict.lines.join('\n')).toContain('SUCCESS')
    expect(verdict.status).toBe(0)
    // The same with a moment of their time missing is told as a failure: the test can fail.
    const early = {
      ...promtoolTest,
      tests: [{ ...promtoolTest.tests[0], alert_rule_test: alertTests.map((one) => ({ ...one, exp_alerts: [] })) }],
    }
    expect(promtool(['test', 'rules', folder.write('early.yml', JSON.stringify(early))]).status).not.toBe(0)
  })
})

test('the text has every metric, and every label of its row', async () => {
  await using upstream = await startUpstream(json({ model: 'm', usage: { prompt_tokens: 1 } }))
  const limits = [{ name: 'all', tokens: 5, every: '1s' as const }]
  await using served = await measured(
    { ...routesOf({ a: upstream.url }, {}, { a: { dialect: 'openai-chat' } }), limits },
    { metrics: { prefix: 'kgateway', prices: { m: { input: 1, output: 2 } } } },
  )
  await served.ask('/a')
  await served.ended(1)
  const names = [...readScrape(await served.metrics.text()).keys()]
  for (const { name, type, labels } of exposedMetrics('kgateway')) {
    const samples = names.filter(
      (sample) => sample.replace(/\{.*/, '') === (type === 'histogram' ? `${name}_count` : name),
    )
    const labelled = samples.map((sample) => [...sample.matchAll(/(\w+)="/g)].map(([, label]) => label))
    expect({ name, labels: labelled[0] }).toEqual({ name, labels: expect.arrayContaining([...labels]) as string[] })
    expect(labelled.filter((found) => found.length !== labels.length)).toEqual([])
  }
})
