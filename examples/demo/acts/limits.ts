/** Acts 12 and 13: a tenant over its limit, and a canary that goes all the way and back. */

import type { Stage } from '../stage.ts'
import { countBy, inParallel } from '../traffic.ts'
import type { World } from '../world.ts'
import { claude, gpt4, show } from './routing.ts'

export async function tenantLimit(stage: Stage, world: World): Promise<void> {
  stage.act('A tenant over its limit', 'A token bucket for each x-tenant-id: ten at once, then one every six seconds')
  const answers = await inParallel(15, 5, () => world.traffic.ask({ ...claude, 'x-tenant-id': 'acme' }))
  const refused = answers.filter(({ status }) => status === 429)
  const counts = countBy(answers.map(({ status }) => String(status)))
  stage.claim('of 15 requests ten pass', counts['200'] === 10 && counts['429'] === 5, show(counts))
  const polite = refused.every(({ retryAfter }) => Number(retryAfter) >= 1 && Number(retryAfter) <= 6)
  stage.claim(
    'each refusal says when to come back',
    polite,
    `Retry-After ${refused[0]?.retryAfter} s, code ${refused[0]?.code}`,
  )
  const others = await inParallel(5, 5, () => world.traffic.ask({ ...claude, 'x-tenant-id': 'globex' }))
  const untouched = others.every(({ status }) => status === 200)
  stage.claim('another tenant notices nothing', untouched, show(countBy(others.map(({ status }) => String(status)))))
}

export async function rollout(stage: Stage, world: World): Promise<void> {
  stage.act(
    'The canary goes 10 → 25 → 50 → 100, and back to 0',
    'Weights change in one step; streams in flight are left alone',
  )
  const line = stage.openStream('a stream through all of it')
  const through = world.traffic.stream(gpt4, (text) => {
    line.text += text
  })
  const seen: string[] = []
  let exact = true
  for (const weight of [10, 25, 50, 100, 0]) {
    world.gate.setWeights('gpt-4', { 'gpt4-stable': 100 - weight, 'gpt4-canary': weight })
    const answers = await inParallel(100, 10, () => world.traffic.ask(gpt4))
    const counts = countBy(answers.map(({ servedBy }) => servedBy))
    exact &&= (counts['canary'] ?? 0) === weight && (counts['stable'] ?? 0) === 100 - weight
    seen.push(`${counts['canary'] ?? 0}`)
    stage.note(`canary at ${weight} %: ${show(counts)}`)
    await stage.breathe()
  }
  stage.claim('of 100 requests each, the canary gets exactly its share', exact, seen.join(', '))
  const result = await through
  line.ended = result.whole ? 'whole' : 'broken'
  stage.claim(
    'the stream ran through every change',
    result.whole && result.error === undefined,
    `${result.tokens} pieces`,
  )
}
