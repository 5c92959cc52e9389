/** The one contract for all mounts, declared as vitest tests. Knows no framework; every mount brings its own start. */

import { describe, expect, test } from 'vitest'
import { bodyCases } from './mount/bodies.case.ts'
import { MountBench, type MountCase } from './mount/bench.ts'
import { connectionCases } from './mount/connections.case.ts'
import type { Mount, MountTraits } from './mount/contract.ts'
import { failureCases } from './mount/failures.case.ts'
import { headerCases } from './mount/headers.case.ts'
import { hookCases } from './mount/hooks.case.ts'
import { routingCases } from './mount/routing.case.ts'
import { streamCases } from './mount/streams.case.ts'

const topics: Readonly<Record<string, readonly MountCase[]>> = {
  routing: routingCases,
  bodies: bodyCases,
  headers: headerCases,
  streams: streamCases,
  failures: failureCases,
  connections: connectionCases,
  hooks: hookCases,
}

/**
 * Declares every test of the contract for one mount, once for each of its modes. Tests that are not about such a mount are left
 * out, those under `exceptions` are skipped with their reason.
 */
export function mountSuite(traits: MountTraits, mount: Mount): void {
  describe.for([...traits.modes])(`${traits.name}, %s`, (mode) => {
    const concerned = Object.entries(topics)
      .map(([topic, cases]) => [topic, cases.filter((each) => each.concerns?.(traits, mode) ?? true)] as const)
      .filter(([, cases]) => cases.length > 0)
    describe.for(concerned)('%s', ([, cases]) => {
      const named = cases.map((each) => [each.name, each] as const)
      test.for(named)('%s', async ([, each], context) => {
        expect.hasAssertions()
        const reason = traits.exceptions[`${mode}: ${each.name}`] ?? traits.exceptions[each.name]
        if (reason !== undefined) context.skip(reason)
        const bench = new MountBench(traits, mode, mount)
        context.onTestFinished(() => bench.close())
        await each.run(bench)
      })
    })
  })
  test(`${traits.name}: every exception names a test and gives a reason`, () => {
    const names = new Set(Object.values(topics).flatMap((cases) => cases.map(({ name }) => name)))
    const unknown = Object.entries(traits.exceptions).filter(
      ([name, reason]) => !names.has(name.replace(/^(?:framework|raw): /, '')) || reason.trim() === '',
    )
    expect(unknown).toEqual([])
  })
}
